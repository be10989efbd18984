/// A name already written to an arena's text, so that a constant is stored once a batch.
@safe @frozen @usableFromInline
struct NameSlot {
    /// 0 for none.
    @usableFromInline var identity: UInt64 = 0
    @usableFromInline var count = 0
    @usableFromInline var offset: UInt32 = 0
    /// Bytes in the arena, escapes included.
    @usableFromInline var length: UInt32 = 0
    @usableFromInline var isEscaped = false

    @inlinable
    init() {}
}

/// What went wrong while a record was written; looked at once a record.
@frozen @usableFromInline
struct Trouble: OptionSet {
    @usableFromInline let rawValue: UInt8
    @inlinable @inline(__always)
    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The batch's limit was reached; what did not fit was left out.
    @inlinable @inline(__always)
    static var full: Trouble { Trouble(rawValue: 1) }
    /// A value was nested deeper than ``Arena/maximumDepth``; it was left out.
    @inlinable @inline(__always)
    static var tooDeep: Trouble { Trouble(rawValue: 2) }
}

/// The tables of one batch: append-only text and nodes, and a record list.
@unsafe @frozen @usableFromInline
struct ArenaHeader {
    @usableFromInline var text: UnsafeMutablePointer<UInt8>
    @usableFromInline var textCount = 0
    @usableFromInline var textCapacity: Int
    @usableFromInline var nodes: UnsafeMutablePointer<Node>
    @usableFromInline var nodeCount = Arena.firstNode
    @usableFromInline var nodeCapacity: Int
    @usableFromInline var records: UnsafeMutablePointer<RecordMeta>
    @usableFromInline var recordCount = 0
    @usableFromInline var recordCapacity: Int
    @usableFromInline var names: UnsafeMutablePointer<NameSlot>
    /// The most bytes of text, and the most nodes.
    @usableFromInline var limit: Int
    @usableFromInline var trouble: Trouble = []
    /// Records dropped or rejected.
    @usableFromInline var withheldCount = 0
    /// Nodes that stand for text, whose size the text tells.
    @usableFromInline var parsedNodeCount = 0
    /// Whether a container that was read holds line breaks between its tokens.
    @usableFromInline var hasLineBreaks = false
    /// Those that records name by their place, from 1.
    @usableFromInline var schemas: [Schema] = []
    @usableFromInline var topicOffset: UInt32 = 0
    @usableFromInline var topicLength: UInt32 = 0
    /// Outgrown text buffers, readable until the next reset.
    @usableFromInline var retired: [UnsafeMutablePointer<UInt8>] = unsafe []

    init(bytes: Int, limit: Int) {
        let nodeCapacity = Arena.firstNode + max(64, bytes / 16)
        unsafe text = .allocate(capacity: bytes + Arena.padding)
        unsafe textCapacity = bytes
        unsafe nodes = .allocate(capacity: nodeCapacity)
        unsafe self.nodeCapacity = nodeCapacity
        unsafe nodes.initialize(repeating: Node(tag: .missing), count: Arena.firstNode)
        unsafe records = .allocate(capacity: 64)
        unsafe recordCapacity = 64
        unsafe names = .allocate(capacity: Arena.nameSlots)
        unsafe names.initialize(repeating: NameSlot(), count: Arena.nameSlots)
        unsafe self.limit = limit
    }
}
