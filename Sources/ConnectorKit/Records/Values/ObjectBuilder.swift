/// Builds an object field by field, in order; nobody looks whether a name was there before.
@frozen
public struct ObjectBuilder: ~Copyable, ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let node: UInt32
    @usableFromInline let depth: Int

    @inlinable @inline(__always)
    @_lifetime(borrow owner)
    init<Owner: ~Copyable & ~Escapable>(_ arena: Arena, _ node: UInt32, depth: Int, of owner: borrowing Owner) {
        self.arena = arena
        self.node = node
        self.depth = depth
    }

    /// Adds a field.
    @inlinable
    public func add(_ name: FieldName, _ value: borrowing some FieldValue) {
        value.write(to: ValueSlot(arena, arena.appendMember(node, name), of: self))
    }

    /// Adds a string field of UTF-8 text; null when the text is not UTF-8.
    public func add(_ name: FieldName, text: UnsafeRawBufferPointer) {
        unsafe arena.put(utf8: text, at: arena.appendMember(node, name))
    }

    /// Adds a string field of UTF-8 text; null when the text is not UTF-8.
    public func add(_ name: FieldName, text: RawSpan) {
        unsafe text.withUnsafeBytes { unsafe add(name, text: $0) }
    }

    /// Adds a deep copy of a value of another batch, which may be a missing one: null.
    public func add(_ name: FieldName, copyOf value: borrowing Value) {
        arena.append(arena.import(value, below: depth), to: node, name)
    }

    /// Adds an object.
    @inlinable
    public func object(_ name: FieldName, _ build: (borrowing ObjectBuilder) throws -> Void) rethrows {
        try build(ObjectBuilder(arena, arena.open(.object, name, in: node, depth), depth: depth + 1, of: self))
    }

    /// Adds an array.
    @inlinable
    public func array(_ name: FieldName, _ build: (borrowing ArrayBuilder) throws -> Void) rethrows {
        try build(ArrayBuilder(arena, arena.open(.array, name, in: node, depth), depth: depth + 1, of: self))
    }
}

/// Builds an array element by element.
@frozen
public struct ArrayBuilder: ~Copyable, ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let node: UInt32
    @usableFromInline let depth: Int

    @inlinable @inline(__always)
    @_lifetime(borrow owner)
    init<Owner: ~Copyable & ~Escapable>(_ arena: Arena, _ node: UInt32, depth: Int, of owner: borrowing Owner) {
        self.arena = arena
        self.node = node
        self.depth = depth
    }

    /// Adds a value.
    @inlinable
    public func add(_ value: borrowing some FieldValue) {
        value.write(to: ValueSlot(arena, arena.appendElement(node), of: self))
    }

    /// Adds a string of UTF-8 text; null when the text is not UTF-8.
    public func add(text: UnsafeRawBufferPointer) {
        unsafe arena.put(utf8: text, at: arena.appendElement(node))
    }

    /// Adds an object.
    @inlinable
    public func object(_ build: (borrowing ObjectBuilder) throws -> Void) rethrows {
        try build(ObjectBuilder(arena, arena.open(.object, in: node, depth), depth: depth + 1, of: self))
    }

    /// Adds an array.
    @inlinable
    public func array(_ build: (borrowing ArrayBuilder) throws -> Void) rethrows {
        try build(ArrayBuilder(arena, arena.open(.array, in: node, depth), depth: depth + 1, of: self))
    }
}
