/// Edits the fields of a fixed list in objects, all of them in one walk of an object: for lists of many fields.
///
/// The result is that of editing each field by its name. One thread at a time.
public struct FieldWalk: ~Copyable {
    private struct Hit {
        let place: Int
        let node: UInt32
    }

    private var index: NameIndex
    private var hits: ContiguousArray<Hit> = []
    private var found: ContiguousArray<Bool>

    /// - Parameter names: The fields; of names that repeat the first is found alone.
    public init(_ names: some Collection<FieldName>) {
        index = NameIndex(names)
        found = ContiguousArray(repeating: false, count: names.count)
    }

    /// Finds the fields in an object, for ``edit(_:_:)``.
    ///
    /// - Returns: False when one of the names stands there twice, and each field is to be edited by its name instead.
    public mutating func find(in object: borrowing ObjectEditor) -> Bool {
        hits.removeAll(keepingCapacity: true)
        for place in found.indices { found[place] = false }
        let arena = object.arena
        guard arena.nodes[object.node].tag == .object else { return true }
        index.begin()
        var child = arena.nodes[object.node].firstChild
        while child != 0 {
            let node = arena.nodes[child]
            if let place = index.place(of: node, arena) {
                if found[place] { return false }
                found[place] = true
                hits.append(Hit(place: place, node: child))
            }
            child = node.next
        }
        return true
    }

    /// Whether the field at this place of the list was found.
    public func isFound(_ place: Int) -> Bool { found[place] }

    /// Calls `body` for each field that ``find(in:)`` has found in this object just before, in the object's order.
    ///
    /// - Parameter body: Gets the field's place in the list. It edits nothing of the object but through the member.
    @inlinable
    public func edit(_ object: borrowing ObjectEditor, _ body: (Int, MemberEditor) throws -> Void) rethrows {
        var previous: UInt32 = 0
        for index in 0..<hitCount {
            let (place, node) = hit(index)
            previous = object.arena.member(before: node, in: object.node, from: previous)
            try body(place, MemberEditor(object, previous: previous, node: node))
        }
    }

    @usableFromInline var hitCount: Int { hits.count }

    @usableFromInline
    func hit(_ index: Int) -> (place: Int, node: UInt32) { (hits[index].place, hits[index].node) }

    /// Takes every field of other names out of an object.
    public mutating func keepOnly(in object: borrowing ObjectEditor) {
        index.begin()
        object.arena.filterMembers(object.node) { index.place(of: $0, object.arena) != nil }
    }
}

/// A member of an object, editable without another search.
@frozen
public struct MemberEditor: ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let container: UInt32
    @usableFromInline let previous: UInt32
    @usableFromInline let node: UInt32

    @inlinable @inline(__always)
    @_lifetime(copy object)
    init(_ object: borrowing ObjectEditor, previous: UInt32, node: UInt32) {
        arena = object.arena
        container = object.node
        self.previous = previous
        self.node = node
    }

    /// The value.
    @inlinable
    public var value: Value {
        @_lifetime(copy self)
        get { Value(arena, node, of: self) }
    }

    /// The value's object; nil when the value is none.
    public var object: ObjectEditor? {
        @_lifetime(copy self)
        get { arena.nodes[node].tag == .object ? ObjectEditor(arena, node, of: self) : nil }
    }

    /// Takes the member out.
    public func remove() { arena.removeMember(Arena.Place(previous: previous, node: node), of: container) }

    /// Gives it another name in its place, which no member of the object may have then.
    public func rename(to name: FieldName) { arena.renameMember(node, of: container, name) }

    /// Replaces the value.
    @inlinable
    public func set(_ value: borrowing some FieldValue) {
        value.write(to: ValueSlot(arena, arena.replaceMember(previous, node, of: container), of: self))
    }

    /// Turns a number or a truth value into the string of its text; leaves anything else alone.
    public func castToString() { arena.castToString(Arena.Place(previous: previous, node: node), of: container) }
}

// Edits of members that are at hand. The object's names are not looked at, so that its sketch is given up.
extension Arena {
    /// The member before one, looked for from an earlier one on; 0 for none.
    @usableFromInline
    func member(before node: UInt32, in object: UInt32, from previous: UInt32) -> UInt32 {
        let nodes = nodes
        var last = previous
        var next = last == 0 ? nodes[object].firstChild : nodes[last].next
        while next != node && next != 0 {
            last = next
            next = nodes[next].next
        }
        return last
    }

    @inline(__always)
    func beginEdit(_ object: UInt32) {
        touch(object)
        nodes[object].flags.remove(.uniqueNames)
    }

    func removeMember(_ place: Place, of object: UInt32) {
        beginEdit(object)
        unlink(place, from: object)
    }

    func renameMember(_ node: UInt32, of object: UInt32, _ name: FieldName) {
        beginEdit(object)
        if let stored = store(name) { setName(node, of: object, stored, name) }
    }

    @usableFromInline
    func replaceMember(_ previous: UInt32, _ node: UInt32, of object: UInt32) -> UInt32 {
        beginEdit(object)
        let new = make(Node(parent: object))
        exchange(Place(previous: previous, node: node), for: new, in: object)
        return new
    }
}
