/// What a ``Node`` holds.
@frozen @usableFromInline
enum Tag: UInt8 {
    case missing
    case null
    case `false`
    case `true`
    /// Number text, not converted.
    case number
    case int
    case uint
    case double
    case string
    case bytes
    case array
    case object

    @inlinable @inline(__always)
    var isContainer: Bool { rawValue >= Tag.array.rawValue }
}

/// What is known about a ``Node``'s text.
@frozen @usableFromInline
struct NodeFlags: OptionSet {
    @usableFromInline let rawValue: UInt8
    @inlinable @inline(__always)
    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The text holds JSON escapes.
    @inlinable @inline(__always)
    static var escaped: NodeFlags { NodeFlags(rawValue: 1) }
    /// The name holds JSON escapes.
    @inlinable @inline(__always)
    static var nameEscaped: NodeFlags { NodeFlags(rawValue: 2) }
    /// `"name":value` still stands unbroken in the batch's text.
    @inlinable @inline(__always)
    static var source: NodeFlags { NodeFlags(rawValue: 4) }
    /// A container below which nothing was edited: its span is its JSON.
    @inlinable @inline(__always)
    static var clean: NodeFlags { NodeFlags(rawValue: 8) }
    /// A string whose text holds characters that JSON must escape.
    @inlinable @inline(__always)
    static var raw: NodeFlags { NodeFlags(rawValue: 16) }
    /// Number text with a fraction or an exponent.
    @inlinable @inline(__always)
    static var fractional: NodeFlags { NodeFlags(rawValue: 32) }
    /// An edited object in which no two names are equal, and which keeps their ``NameSketch``.
    @inlinable @inline(__always)
    static var uniqueNames: NodeFlags { NodeFlags(rawValue: 64) }
}

/// One value of a batch, linked by index to its container and its next sibling.
@frozen @usableFromInline
struct Node {
    /// The name's bytes in the batch's text, inside the quotes.
    @usableFromInline var nameOffset: UInt32
    /// The name's length in bytes; ``longName`` means that it runs to the next unescaped quote.
    @usableFromInline var nameLength: UInt16
    @usableFromInline var tag: Tag
    @usableFromInline var flags: NodeFlags
    /// The next sibling; 0 ends the list.
    @usableFromInline var next: UInt32
    /// The container; 0 for the root of a tree.
    @usableFromInline var parent: UInt32
    /// The value's bytes in the batch's text: strings inside the quotes, containers with their brackets. In an edited
    /// object both hold its sketch.
    @usableFromInline var offset: UInt32
    @usableFromInline var length: UInt32
    /// Containers: first child, and last child in the upper half; int, uint and double: the bits.
    @usableFromInline var payload: UInt64

    @inlinable @inline(__always)
    init(
        nameOffset: UInt32 = 0, nameLength: UInt16 = 0, tag: Tag = .null, flags: NodeFlags = [], parent: UInt32 = 0
    ) {
        self.nameOffset = nameOffset
        self.nameLength = nameLength
        self.tag = tag
        self.flags = flags
        self.next = 0
        self.parent = parent
        self.offset = 0
        self.length = 0
        self.payload = 0
    }

    @inlinable @inline(__always)
    static var longName: UInt16 { 0xffff }

    /// A length for ``nameLength``, cut off at ``longName``.
    @inlinable @inline(__always)
    static func shortLength(_ count: Int) -> UInt16 { UInt16(truncatingIfNeeded: min(count, Int(longName))) }

    /// This node without siblings and children, in another container.
    @inline(__always)
    func detached(parent: UInt32) -> Node {
        var copy = self
        copy.next = 0
        copy.parent = parent
        if tag.isContainer { copy.payload = 0 }
        return copy
    }

    @inlinable @inline(__always)
    var firstChild: UInt32 {
        get { UInt32(truncatingIfNeeded: payload) }
        set { payload = payload & 0xffff_ffff_0000_0000 | UInt64(newValue) }
    }

    @inlinable @inline(__always)
    var lastChild: UInt32 {
        get { UInt32(truncatingIfNeeded: payload >> 32) }
        set { payload = payload & 0xffff_ffff | UInt64(newValue) << 32 }
    }

    /// The first byte of the value's JSON in the text.
    @inline(__always)
    var jsonStart: UInt32 { tag == .string ? offset &- 1 : offset }

    /// The byte after the value's JSON in the text.
    @inline(__always)
    var jsonEnd: UInt32 { offset &+ length &+ (tag == .string ? 1 : 0) }
}
