/// A record, editable. Lives no longer than the pass it was handed out in.
///
/// Edits are not mutating: what an edit replaces stays as it was for values that were read before.
/// Field edits below apply to the record's value; on a value that is no object they do nothing.
@frozen
public struct RecordEditor: ~Escapable {
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
    var root: UInt32 { arena.records[index].value }
}

extension RecordEditor {
    /// The record, read-only.
    @inlinable
    public var record: Record {
        @_lifetime(copy self)
        get { Record(self) }
    }

    /// The value; null in a tombstone.
    @inlinable
    public var value: Value {
        @_lifetime(copy self)
        get { Value(arena, root, of: self) }
    }

    /// The key; missing when there is none.
    @inlinable
    public var key: Value {
        @_lifetime(copy self)
        get { Value(arena, arena.records[index].key, of: self) }
    }

    /// The headers; empty when there are none.
    public var headers: Headers {
        @_lifetime(copy self)
        get { Headers(arena, arena.records[index].headers, of: self) }
    }

    /// Whether the value is null.
    @inlinable
    public var isTombstone: Bool { value.isNull }

    /// The value's object; nil when the value is none.
    @inlinable
    public var valueObject: ObjectEditor? {
        @_lifetime(copy self)
        get { arena.nodes[root].tag == .object ? ObjectEditor(arena, root, of: self) : nil }
    }

    /// The key's object; nil when the key is none.
    public var keyObject: ObjectEditor? {
        @_lifetime(copy self)
        get {
            let node = arena.records[index].key
            return arena.nodes[node].tag == .object ? ObjectEditor(arena, node, of: self) : nil
        }
    }

    /// The value's object, or nothing to edit.
    @inlinable @inline(__always)
    var top: ObjectEditor {
        @_lifetime(copy self)
        get { ObjectEditor(arena, root, of: self) }
    }

    /// The member of this name of the value; missing when there is none. Of equal names the last counts.
    @inlinable
    public subscript(_ name: FieldName) -> Value {
        @_lifetime(copy self)
        get { Value(arena, arena.find(root, name), of: self) }
    }

    /// The value at the end of the path below the value; missing when any step is.
    public subscript(path path: FieldPath) -> Value {
        @_lifetime(copy self)
        get { Value(arena, arena.find(root, path), of: self) }
    }
}
