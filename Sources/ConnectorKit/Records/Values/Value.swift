/// What a ``Value`` is.
public enum ValueKind: Sendable, Hashable {
    /// There is no such value.
    case missing
    /// Null.
    case null
    /// A truth value.
    case bool
    /// A number kept as the text it was read from.
    case number
    /// A signed whole number from a typed source.
    case int
    /// An unsigned whole number from a typed source.
    case uint
    /// A double from a typed source.
    case double
    /// Text.
    case string
    /// Bytes from a typed source; written as base64.
    case bytes
    /// A list of values.
    case array
    /// Named values in order.
    case object
}

/// A value of a record, read-only; perhaps a missing one, on which everything is nil, zero or empty.
///
/// Borrows from its batch. An edit of the record leaves a value that was read before as it was.
@frozen
public struct Value: ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let node: UInt32
    /// Stands for the node's name, a string, and not for the node.
    @usableFromInline let isName: Bool

    @inlinable @inline(__always)
    @_lifetime(copy owner)
    init<Owner: ~Escapable>(_ arena: Arena, _ node: UInt32, isName: Bool = false, of owner: borrowing Owner) {
        self.arena = arena
        self.node = node
        self.isName = isName
    }

    @inlinable @inline(__always)
    var tag: Tag { isName ? .string : arena.nodes[node].tag }
}

extension Value {
    /// Whether there is a value; null is one.
    @inlinable
    public var exists: Bool { node != 0 }

    /// What the value is.
    @inlinable
    public var kind: ValueKind {
        switch tag {
        case .missing: .missing
        case .null: .null
        case .true, .false: .bool
        case .number: .number
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .array: .array
        case .object: .object
        }
    }

    /// Whether the value is null; false for a missing one.
    @inlinable
    public var isNull: Bool { tag == .null }

    /// Whether the value is a number without fraction and exponent, however large.
    @inlinable
    public var isInteger: Bool {
        tag == .int || tag == .uint || (tag == .number && !arena.nodes[node].flags.contains(.fractional))
    }

    /// The truth value; nil for anything else.
    @inlinable
    public var bool: Bool? { tag == .true ? true : tag == .false ? false : nil }

    /// A string's text, copied; nil for anything else. A lone surrogate escape reads as U+FFFD.
    @inlinable
    public var string: String? { isName ? arena.nameString(node) : arena.string(node) }

    /// The number; nil when it is not whole, does not fit, or there is none. Exact.
    @inlinable
    public var int: Int64? { isName ? nil : arena.int(node) }

    /// The number; nil when it is not whole, negative, too large, or there is none. Exact.
    @inlinable
    public var uint: UInt64? { isName ? nil : arena.uint(node) }

    /// The nearest double to a number, infinite beyond the range; nil for anything else.
    @inlinable
    public var double: Double? { isName ? nil : arena.double(node) }

    /// The exact text of a number, however large; nil for anything else.
    public var decimalText: String? { isName ? nil : arena.decimalText(node) }

    /// Whether the value is a string of this text; compared in place.
    @inlinable
    public static func == (value: borrowing Value, text: StaticString) -> Bool {
        unsafe value.equals(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether the value is no string, or one of another text.
    @inlinable
    public static func != (value: borrowing Value, text: StaticString) -> Bool { !(value == text) }

    /// Whether the value is a string of this text; compared in place.
    @inlinable
    public func equals(_ name: FieldName) -> Bool { unsafe equals(name.bytes) }

    @inlinable
    func equals(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe isName ? arena.nameEquals(node, bytes) : arena.equals(node, bytes)
    }
}
