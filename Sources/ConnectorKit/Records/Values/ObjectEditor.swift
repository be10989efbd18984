/// An object of a record, editable. Lives no longer than the pass it was handed out in.
///
/// Edits are not mutating: what an edit replaces stays as it was for values that were read before.
/// What does not fit the batch is left out, and the pass reports it after the record.
@frozen
public struct ObjectEditor: ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let node: UInt32

    @inlinable @inline(__always)
    @_lifetime(copy owner)
    init<Owner: ~Escapable>(_ arena: Arena, _ node: UInt32, of owner: borrowing Owner) {
        self.arena = arena
        self.node = node
    }
}

extension ObjectEditor {
    /// The object as a value.
    @inlinable
    public var value: Value {
        @_lifetime(copy self)
        get { Value(arena, node, of: self) }
    }

    /// The member of this name; missing when there is none. Of equal names the last counts.
    @inlinable
    public subscript(_ name: FieldName) -> Value {
        @_lifetime(copy self)
        get { Value(arena, arena.find(node, name), of: self) }
    }

    /// The value at the end of the path; missing when any step is.
    public subscript(path path: FieldPath) -> Value {
        @_lifetime(copy self)
        get { Value(arena, arena.find(node, path), of: self) }
    }

    /// Replaces the field of this name, or adds it at the end.
    @inlinable
    public func set(_ name: FieldName, _ value: borrowing some FieldValue) {
        value.write(to: ValueSlot(arena, arena.slot(node, name), of: self))
    }

    /// Replaces the field at the end of the path, or adds it; objects take the place of anything else on the way.
    public func set(path: FieldPath, _ value: borrowing some FieldValue) {
        let (object, name) = arena.parent(of: path, below: node)
        value.write(to: ValueSlot(arena, arena.slot(object, name), of: self))
    }

    /// Replaces the field of this name by a deep copy of a value of the same batch, or adds it at the end.
    ///
    /// A missing value is copied as null.
    public func set(_ name: FieldName, copyOf value: borrowing Value) {
        arena.attach(arena.copy(value, below: arena.depth(of: node)), to: node, name)
    }

    /// Replaces the field at the end of the path by a deep copy of a value of the same batch, or adds it.
    public func set(path: FieldPath, copyOf value: borrowing Value) {
        let (object, name) = arena.parent(of: path, below: node)
        arena.attach(arena.copy(value, below: arena.depth(of: object)), to: object, name)
    }

    /// Copies a field to another name of the same object; does nothing when there is no such field.
    public func copyField(_ name: FieldName, to other: FieldName) {
        let source = self[name]
        if source.exists { set(other, copyOf: source) }
    }

    /// Takes out the field of this name, all of them if it repeats.
    @inlinable
    public func remove(_ name: FieldName) { arena.remove(node, name) }

    /// Takes out the field at the end of the path.
    public func remove(path: FieldPath) {
        if let place = arena.existingParent(of: path, below: node) { arena.remove(place.object, place.name) }
    }

    /// Renames a field in its place; a field that has the new name is replaced. Does nothing without the old one.
    @inlinable
    public func rename(_ name: FieldName, to other: FieldName) { arena.rename(node, name, other) }

    /// Takes out every field of other names.
    public func keepOnly(_ names: [FieldName]) { arena.keepOnly(node, names) }

    /// Turns a number or a truth value into the string of its text; leaves anything else alone.
    @inlinable
    public func castToString(_ name: FieldName) { arena.castToString(node, name) }

    /// The object of this name; an empty one takes the place of anything else.
    @inlinable
    @_lifetime(copy self)
    public func object(_ name: FieldName) -> ObjectEditor {
        ObjectEditor(arena, arena.objectMember(node, name), of: self)
    }
}

extension Arena {
    /// The object that holds the last step of a path, with objects made on the way.
    func parent(of path: FieldPath, below object: UInt32) -> (object: UInt32, name: FieldName) {
        var object = object
        for name in path.names.dropLast() { object = objectMember(object, name) }
        return (object, path.names[path.names.count - 1])
    }

    /// The object that holds the last step of a path; nil when there is none.
    func existingParent(of path: FieldPath, below object: UInt32) -> (object: UInt32, name: FieldName)? {
        var object = object
        for name in path.names.dropLast() {
            object = find(object, name)
            if object == 0 { return nil }
        }
        return (object, path.names[path.names.count - 1])
    }

    /// A copy of a value of this arena, not linked anywhere; a name becomes a string, a missing value null.
    func copy(_ value: borrowing Value, below depth: Int) -> UInt32 {
        precondition(unsafe value.arena.header == header, "copyOf: takes values of the same batch")
        guard value.isName || value.node == 0 else { return copyTree(value.node, below: depth) }
        let copy = make(Node())
        guard value.isName, copy != Self.scratch else { return copy }
        let bytes = unsafe nameBuffer(value.node)
        nodes[copy].tag = .string
        nodes[copy].offset = nodes[value.node].nameOffset
        nodes[copy].length = UInt32(truncatingIfNeeded: bytes.count)
        if nodes[value.node].flags.contains(.nameEscaped) { nodes[copy].flags.insert(.escaped) }
        return copy
    }
}
