/// Finds the fields of a fixed list in objects, all of them in one walk of an object.
///
/// For each member it tries first the name that stood there in the object before, so objects of one shape cost one
/// comparison a member; whatever the order, the result is that of asking for each field. One thread at a time.
public struct FieldFinder: ~Copyable {
    private var index: NameIndex
    /// The members found last; 0 for none.
    private var nodes: ContiguousArray<UInt32>

    /// - Parameter names: The fields to find; of names that repeat the first is found alone.
    public init(_ names: some Collection<FieldName>) {
        index = NameIndex(names)
        nodes = ContiguousArray(repeating: 0, count: names.count)
    }

    /// Finds the fields in an object; in any other value there is none of them.
    @_lifetime(&self, copy object)
    public mutating func find(in object: borrowing Value) -> FoundFields {
        let otherCount = Self.locate(in: object, &index, &nodes)
        return FoundFields(object, nodes.span, otherCount: otherCount)
    }

    /// Fills `nodes`; counts the members that are neither wanted nor null.
    private static func locate(
        in object: borrowing Value, _ index: inout NameIndex, _ nodes: inout ContiguousArray<UInt32>
    ) -> Int {
        var found = nodes.mutableSpan
        for place in found.indices { found[place] = 0 }
        guard object.tag == .object else { return 0 }
        let arena = object.arena
        var otherCount = 0
        var child = object.firstChild
        index.begin()
        while child != 0 {
            let node = arena.nodes[child]
            if let place = index.place(of: node, arena) {
                found[place] = child
            } else if node.tag != .null {
                otherCount &+= 1
            }
            child = node.next
        }
        return otherCount
    }
}

/// What a ``FieldFinder`` found in an object. Borrows from both.
@frozen
public struct FoundFields: ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let nodes: Span<UInt32>
    /// How many members of the object are not null and have none of the names; members of equal names counted each.
    public let otherCount: Int

    @_lifetime(copy object, copy nodes)
    init(_ object: borrowing Value, _ nodes: Span<UInt32>, otherCount: Int) {
        arena = object.arena
        self.nodes = nodes
        self.otherCount = otherCount
    }

    /// The field at this place of the list, from 0; missing when the object has none. Of equal names the last counts.
    @inlinable
    public subscript(_ place: Int) -> Value {
        @_lifetime(copy self)
        get { Value(arena, nodes[place], of: self) }
    }
}
