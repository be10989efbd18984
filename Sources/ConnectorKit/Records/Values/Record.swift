/// A record of a batch, read-only. Borrows from the batch.
@frozen
public struct Record: ~Escapable {
    @usableFromInline let arena: Arena
    /// The record's place in its batch.
    public let index: Int

    @inlinable @inline(__always)
    @_lifetime(borrow batch)
    init(_ batch: borrowing RecordBatch, _ index: Int) {
        arena = batch.arena
        self.index = index
    }

    @inlinable @inline(__always)
    @_lifetime(copy editor)
    init(_ editor: borrowing RecordEditor) {
        arena = editor.arena
        index = editor.index
    }
}

extension Record {
    /// The value; null in a tombstone, missing in a record that was rejected when it was read.
    @inlinable
    public var value: Value {
        @_lifetime(copy self)
        get { Value(arena, arena.records[index].value, of: self) }
    }

    /// The key; missing when there is none.
    @inlinable
    public var key: Value {
        @_lifetime(copy self)
        get { Value(arena, arena.records[index].key, of: self) }
    }

    /// The schema that came with the value; nil when there is none. A transform may have changed the value since.
    public var schema: Schema? { arena.schema(arena.records[index].schema) }

    /// The schema that came with the key; nil when there is none.
    public var keySchema: Schema? { arena.schema(arena.records[index].keySchema) }

    /// The headers; empty when there are none.
    @inlinable
    public var headers: Headers {
        @_lifetime(copy self)
        get { Headers(arena, arena.records[index].headers, of: self) }
    }

    /// The topic, copied; nil when there is none.
    public var topic: String? { arena.topic(index) }

    /// Whether the record has this topic; compared in place.
    public func topicEquals(_ name: FieldName) -> Bool { arena.topicEquals(index, name) }

    /// Whether the record has this topic, byte for byte; compared in place.
    public func topicEquals(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { unsafe arena.topicEquals(index, bytes: $0) }
    }

    /// The partition; nil when there is none.
    public var partition: Int32? {
        arena.records[index].flags.contains(.partition) ? arena.records[index].partition : nil
    }

    /// The place in the partition that the record was read from; nil when there is none.
    public var offset: Int64? {
        arena.records[index].flags.contains(.offset) ? arena.records[index].offset : nil
    }

    /// The time in milliseconds since 1970-01-01 UTC; nil when there is none.
    public var timestamp: Int64? {
        arena.records[index].flags.contains(.timestamp) ? arena.records[index].timestamp : nil
    }

    /// Whether the value is null.
    @inlinable
    public var isTombstone: Bool { value.isNull }

    /// The member of this name of the value; missing when there is none, or the value is no object.
    @inlinable
    public subscript(_ name: FieldName) -> Value {
        @_lifetime(copy self)
        get { Value(arena, arena.find(arena.records[index].value, name), of: self) }
    }

    /// The value at the end of the path below the value; missing when any step is.
    public subscript(path path: FieldPath) -> Value {
        @_lifetime(copy self)
        get { Value(arena, arena.find(arena.records[index].value, path), of: self) }
    }
}

/// The headers of a record: in order, names may repeat.
@frozen
public struct Headers: ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let node: UInt32

    @inlinable @inline(__always)
    @_lifetime(copy owner)
    init<Owner: ~Escapable>(_ arena: Arena, _ node: UInt32, of owner: borrowing Owner) {
        self.arena = arena
        self.node = node
    }

    /// How many there are, of equal names each.
    public var count: Int { arena.childCount(node) }

    /// The first header of this name; missing when there is none.
    @_lifetime(copy self)
    public func first(named name: FieldName) -> Value {
        Value(arena, arena.nodes[node].tag == .object ? arena.findFirst(node, name) : 0, of: self)
    }

    /// Visits the headers in order.
    @inlinable
    public func forEach(_ body: (_ name: Value, _ value: Value) throws -> Void) rethrows {
        try Value(arena, node, of: self).forEachMember(body)
    }
}
