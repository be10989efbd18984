extension RecordEditor {
    /// Replaces the field of this name, or adds it at the end.
    @inlinable
    public func set(_ name: FieldName, _ value: borrowing some FieldValue) {
        value.write(to: ValueSlot(arena, arena.slot(root, name), of: self))
    }

    /// Replaces the field at the end of the path, or adds it; objects take the place of anything else on the way.
    public func set(path: FieldPath, _ value: borrowing some FieldValue) { top.set(path: path, value) }

    /// Replaces the field of this name by a deep copy of a value of the same batch, or adds it at the end.
    ///
    /// A missing value is copied as null.
    public func set(_ name: FieldName, copyOf value: borrowing Value) { top.set(name, copyOf: value) }

    /// Replaces the field at the end of the path by a deep copy of a value of the same batch, or adds it.
    public func set(path: FieldPath, copyOf value: borrowing Value) { top.set(path: path, copyOf: value) }

    /// Copies a field to another name; does nothing when there is no such field.
    public func copyField(_ name: FieldName, to other: FieldName) { top.copyField(name, to: other) }

    /// Takes out the field of this name, all of them if it repeats.
    @inlinable
    public func remove(_ name: FieldName) { arena.remove(root, name) }

    /// Takes out the field at the end of the path.
    public func remove(path: FieldPath) { top.remove(path: path) }

    /// Renames a field in its place; a field that has the new name is replaced. Does nothing without the old one.
    @inlinable
    public func rename(_ name: FieldName, to other: FieldName) { arena.rename(root, name, other) }

    /// Takes out every field of other names.
    public func keepOnly(_ names: [FieldName]) { top.keepOnly(names) }

    /// Turns a number or a truth value into the string of its text; leaves anything else alone.
    @inlinable
    public func castToString(_ name: FieldName) { arena.castToString(root, name) }

    /// The object of this name; an empty one takes the place of anything else.
    @inlinable
    @_lifetime(copy self)
    public func object(_ name: FieldName) -> ObjectEditor {
        ObjectEditor(arena, arena.objectMember(root, name), of: self)
    }
}
