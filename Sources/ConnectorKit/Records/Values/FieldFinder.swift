/// Finds the fields of a fixed list in objects, all of them in one walk of an object.
///
/// For each member it tries first the name that stood there in the object before, so objects of one shape cost one
/// comparison a member; whatever the order, the result is that of asking for each field. One thread at a time.
public struct FieldFinder: ~Copyable {
    private struct Wanted {
        let pattern: NamePattern
        /// The place whose member followed in the object before.
        var follower: Int
    }

    private var wanted: ContiguousArray<Wanted>
    private var first = 0
    /// The members found last; 0 for none.
    private var nodes: ContiguousArray<UInt32>

    /// - Parameter names: The fields to find; of names that repeat the first is found alone.
    public init(_ names: some Collection<FieldName>) {
        wanted = []
        for (place, name) in names.enumerated() {
            wanted.append(Wanted(pattern: NamePattern(name), follower: place + 1 < names.count ? place + 1 : 0))
        }
        nodes = ContiguousArray(repeating: 0, count: wanted.count)
    }

    /// Finds the fields in an object; in any other value there is none of them.
    @_lifetime(&self, copy object)
    public mutating func find(in object: borrowing Value) -> FoundFields {
        let otherCount = Self.locate(in: object, &wanted, &first, &nodes)
        return FoundFields(object, nodes.span, otherCount: otherCount)
    }

    /// Fills `nodes`; counts the members that are neither wanted nor null.
    private static func locate(
        in object: borrowing Value, _ wanted: inout ContiguousArray<Wanted>, _ first: inout Int,
        _ nodes: inout ContiguousArray<UInt32>
    ) -> Int {
        var found = nodes.mutableSpan
        for place in found.indices { found[place] = 0 }
        guard object.tag == .object else { return 0 }
        let arena = object.arena
        var wanted = wanted.mutableSpan
        var otherCount = 0
        var last = -1
        var child = object.firstChild
        while child != 0 {
            let node = arena.nodes[child]
            let guess = last < 0 ? first : wanted[last].follower
            if let place = place(of: node, guess, wanted.span, arena) {
                found[place] = child
                if place != guess { if last < 0 { first = place } else { wanted[last].follower = place } }
                last = place
            } else if node.tag != .null {
                otherCount &+= 1
            }
            child = node.next
        }
        return otherCount
    }

    /// Which of the wanted names a member has; nil for none of them.
    @inline(__always)
    private static func place(of node: Node, _ guess: Int, _ wanted: Span<Wanted>, _ arena: Arena) -> Int? {
        if guess < wanted.count, wanted[guess].pattern.isShort(node, in: arena.text) { return guess }
        return search(node, wanted, arena)
    }

    @inline(never)
    private static func search(_ node: Node, _ wanted: Span<Wanted>, _ arena: Arena) -> Int? {
        for place in wanted.indices where arena.matches(node, wanted[place].pattern) { return place }
        return nil
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
