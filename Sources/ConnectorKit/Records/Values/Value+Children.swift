extension Value {
    /// The member of this name; missing when there is none, or the value is no object. Of equal names the last counts.
    @inlinable
    public subscript(_ name: FieldName) -> Value {
        @_lifetime(copy self)
        get { Value(arena, isName ? 0 : arena.find(node, name), of: self) }
    }

    /// The element at this place, from 0; missing when there is none, or the value is no array. Walks there.
    public subscript(_ index: Int) -> Value {
        @_lifetime(copy self)
        get { Value(arena, isName ? 0 : arena.element(node, index), of: self) }
    }

    /// The value at the end of the path; missing when any step is.
    public subscript(path path: FieldPath) -> Value {
        @_lifetime(copy self)
        get { Value(arena, isName ? 0 : arena.find(node, path), of: self) }
    }

    /// The number of elements or members, members of equal names counted each; 0 for anything else. Walks them.
    public var count: Int { isName ? 0 : arena.childCount(node) }

    @inlinable @inline(__always)
    var firstChild: UInt32 { !isName && tag.isContainer ? arena.nodes[node].firstChild : 0 }

    /// Visits the elements of an array, or the values of an object's members, in order; nothing else has any.
    @inlinable
    public func forEach(_ body: (Value) throws -> Void) rethrows {
        var child = firstChild
        while child != 0 {
            try body(Value(arena, child, of: self))
            child = arena.nodes[child].next
        }
    }

    /// Visits the members of an object in order, members of equal names each; nothing else has any.
    @inlinable
    public func forEachMember(_ body: (_ name: Value, _ value: Value) throws -> Void) rethrows {
        guard tag == .object else { return }
        var child = firstChild
        while child != 0 {
            try body(Value(arena, child, isName: true, of: self), Value(arena, child, of: self))
            child = arena.nodes[child].next
        }
    }
}

extension Arena {
    func find(_ object: UInt32, _ path: FieldPath) -> UInt32 {
        var node = object
        for name in path.names { node = find(node, name) }
        return node
    }
}
