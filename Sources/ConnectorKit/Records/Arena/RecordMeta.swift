/// What became of a record, and which of its metadata are set.
@frozen @usableFromInline
struct RecordFlags: OptionSet {
    @usableFromInline let rawValue: UInt32
    @inlinable @inline(__always)
    init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable @inline(__always)
    static var dropped: RecordFlags { RecordFlags(rawValue: 1) }
    @inlinable @inline(__always)
    static var rejected: RecordFlags { RecordFlags(rawValue: 2) }
    @inlinable @inline(__always)
    static var aside: RecordFlags { RecordFlags(rawValue: 4) }
    @inlinable @inline(__always)
    static var topic: RecordFlags { RecordFlags(rawValue: 8) }
    @inlinable @inline(__always)
    static var partition: RecordFlags { RecordFlags(rawValue: 16) }
    @inlinable @inline(__always)
    static var timestamp: RecordFlags { RecordFlags(rawValue: 32) }
    /// The record was read from text, which is still there.
    @inlinable @inline(__always)
    static var source: RecordFlags { RecordFlags(rawValue: 64) }
    /// The key was read from text or bytes, which are still there.
    @inlinable @inline(__always)
    static var keySource: RecordFlags { RecordFlags(rawValue: 256) }

    @inlinable @inline(__always)
    static var offset: RecordFlags { RecordFlags(rawValue: 128) }

    /// Gone from delivery.
    @inlinable @inline(__always)
    static var withheld: RecordFlags { RecordFlags(rawValue: 3) }
    /// Not visited by an edit pass.
    @inlinable @inline(__always)
    static var unvisited: RecordFlags { RecordFlags(rawValue: 7) }
}

/// One record: the roots of its trees, and its scalar metadata.
@frozen @usableFromInline
struct RecordMeta {
    @usableFromInline var flags: RecordFlags = []
    @usableFromInline var value: UInt32 = 0
    @usableFromInline var key: UInt32 = 0
    /// An object whose names may repeat.
    @usableFromInline var headers: UInt32 = 0
    /// The places of the value's schema and of the key's; 0 for none.
    @usableFromInline var schema: UInt16 = 0
    @usableFromInline var keySchema: UInt16 = 0
    @usableFromInline var topicOffset: UInt32 = 0
    @usableFromInline var topicLength: UInt32 = 0
    @usableFromInline var sourceOffset: UInt32 = 0
    @usableFromInline var sourceLength: UInt32 = 0
    @usableFromInline var partition: Int32 = 0
    @usableFromInline var timestamp: Int64 = 0
    @usableFromInline var offset: Int64 = 0
    @usableFromInline var keySourceOffset: UInt32 = 0
    @usableFromInline var keySourceLength: UInt32 = 0

    @inlinable @inline(__always)
    init() {}
}
