// Edits. Values are replaced, never overwritten, so that a value read before an edit stays what it was.
extension Arena {
    /// Marks a container as changed. Nothing above an unclean container is clean, so the walk stops early.
    @inline(__always)
    func touch(_ container: UInt32) {
        let nodes = nodes
        var node = container
        while node != 0 && nodes[node].flags.contains(.clean) {
            nodes[node].flags.remove(.clean)
            node = nodes[node].parent
        }
    }

    /// Appends a node that has no siblings yet to its container.
    @inline(__always)
    func link(_ node: UInt32, to container: UInt32) {
        guard node != Self.scratch else { return }
        let nodes = nodes
        let last = nodes[container].lastChild
        if last != 0 {
            nodes[last].next = node
            nodes[container].lastChild = node
        } else {
            nodes[container].payload = UInt64(node) | UInt64(node) << 32
        }
    }

    func unlink(_ place: Place, from container: UInt32) {
        let next = nodes[place.node].next
        if place.previous != 0 { nodes[place.previous].next = next } else { nodes[container].firstChild = next }
        if nodes[container].lastChild == place.node { nodes[container].lastChild = place.previous }
    }

    /// Puts a node that has no siblings yet where `place.node` stands, under the same name.
    @inline(__always)
    func exchange(_ place: Place, for node: UInt32, in container: UInt32) {
        guard node != Self.scratch else { return }
        let nodes = nodes
        let old = nodes[place.node]
        nodes[node].nameOffset = old.nameOffset
        nodes[node].nameLength = old.nameLength
        nodes[node].flags.formUnion(old.flags.intersection(.nameEscaped))
        nodes[node].next = old.next
        nodes[node].parent = container
        if place.previous != 0 { nodes[place.previous].next = node } else { nodes[container].firstChild = node }
        if nodes[container].lastChild == place.node { nodes[container].lastChild = node }
    }

    /// A null in place of the member of this name, or at the end.
    @usableFromInline
    func slot(_ object: UInt32, _ name: FieldName) -> UInt32 {
        guard nodes[object].tag == .object else { return Self.scratch }
        let place = locate(object, name, for: .edit)
        guard place.node != 0 else { return appendMember(object, name) }
        let node = make(Node(parent: object))
        exchange(place, for: node, in: object)
        return node
    }

    /// A null at the end of an object, without a search.
    @usableFromInline
    func appendMember(_ object: UInt32, _ name: FieldName) -> UInt32 {
        guard let stored = store(name) else { return Self.scratch }
        let node = make(named(stored, name, parent: object))
        link(node, to: object)
        return node
    }

    /// Adds a name to an object's sketch, or gives the sketch up.
    @inline(__always)
    private func noteName(_ name: FieldName, isClear: Bool, in object: UInt32) {
        guard nodes[object].flags.contains(.uniqueNames) else { return }
        if isClear { _ = nodes[object].sketch.add(name.sketch) } else { nodes[object].flags.remove(.uniqueNames) }
    }

    @inline(__always)
    private func named(_ stored: NameSlot, _ name: FieldName, parent: UInt32) -> Node {
        let length = stored.isEscaped ? Node.shortLength(Int(stored.length)) : name.shortCount
        noteName(name, isClear: !stored.isEscaped && length != Node.longName, in: parent)
        return Node(
            nameOffset: stored.offset, nameLength: length, flags: stored.isEscaped ? .nameEscaped : [], parent: parent)
    }

    /// A null at the end of an array.
    @usableFromInline
    func appendElement(_ array: UInt32) -> UInt32 {
        let node = make(Node(parent: array))
        link(node, to: array)
        return node
    }

    @usableFromInline
    func remove(_ object: UInt32, _ name: FieldName) {
        guard nodes[object].tag == .object else { return }
        let place = locate(object, name, for: .editIfFound)
        if place.node != 0 { unlink(place, from: object) }
    }

    /// Takes out every member of this name, for lists in which names may repeat.
    func removeAll(_ object: UInt32, _ name: FieldName) {
        let pattern = NamePattern(name)
        filterMembers(object) { !matches($0, pattern) }
    }

    func keepOnly(_ object: UInt32, _ names: [FieldName]) {
        guard nodes[object].tag == .object else { return }
        filterMembers(object) { node in names.contains { matches(node, NamePattern($0)) } }
    }

    @inline(__always)
    func filterMembers(_ object: UInt32, _ keeps: (Node) -> Bool) {
        var place = Place(previous: 0, node: nodes[object].firstChild)
        while place.node != 0 {
            let next = nodes[place.node].next
            if keeps(nodes[place.node]) {
                place.previous = place.node
            } else {
                touch(object)
                unlink(place, from: object)
            }
            place.node = next
        }
    }

    @usableFromInline
    func rename(_ object: UInt32, _ old: FieldName, _ new: FieldName) {
        guard nodes[object].tag == .object, old != new else { return }
        let node = locate(object, old, for: .editIfFound).node
        guard node != 0, let stored = store(new) else { return }
        let replaced = locate(object, new, for: .edit)
        if replaced.node != 0 { unlink(replaced, from: object) }
        setName(node, of: object, stored, new)
    }

    @inline(__always)
    func setName(_ node: UInt32, of object: UInt32, _ stored: NameSlot, _ new: FieldName) {
        let name = named(stored, new, parent: object)
        nodes[node].nameOffset = name.nameOffset
        nodes[node].nameLength = name.nameLength
        nodes[node].flags.subtract([.source, .nameEscaped])
        nodes[node].flags.formUnion(name.flags)
    }

    /// The object of this name; an empty one takes the place of anything else.
    @usableFromInline
    func objectMember(_ object: UInt32, _ name: FieldName) -> UInt32 {
        guard nodes[object].tag == .object else { return Self.scratch }
        let place = locate(object, name, for: .look)
        if place.node != 0 && nodes[place.node].tag == .object { return place.node }
        guard depth(of: object) < Self.maximumDepth else { return tooDeep() }
        let node = slot(object, name)
        nodes[node].tag = .object
        return node
    }

    /// Puts a finished tree, not linked anywhere, under this name.
    func attach(_ tree: UInt32, to object: UInt32, _ name: FieldName) {
        guard tree != Self.scratch, nodes[object].tag == .object else { return }
        let place = locate(object, name, for: .edit)
        if place.node != 0 { exchange(place, for: tree, in: object) } else { append(tree, to: object, name) }
    }

    /// Puts a finished tree, not linked anywhere, at the end of an object, without a search.
    func append(_ tree: UInt32, to object: UInt32, _ name: FieldName) {
        guard tree != Self.scratch, let stored = store(name) else { return }
        let head = named(stored, name, parent: object)
        nodes[tree].nameOffset = head.nameOffset
        nodes[tree].nameLength = head.nameLength
        nodes[tree].flags.formUnion(head.flags)
        nodes[tree].parent = object
        link(tree, to: object)
    }

    /// Puts a finished tree, not linked anywhere, at the end of an object under a name that is not kept for others.
    func append(_ tree: UInt32, named name: String, to object: UInt32) {
        var quoted = name.jsonQuoted
        let place = quoted.withUTF8 { text in
            unsafe text.baseAddress.flatMap { unsafe append($0, text.count) }.map {
                (offset: $0, count: text.count - 2)
            }
        }
        guard let place else { return }
        touch(object)
        nodes[object].flags.remove(.uniqueNames)
        nodes[tree].nameOffset = place.offset &+ 1
        nodes[tree].nameLength = Node.shortLength(place.count)
        if quoted.utf8.contains(UInt8(ascii: "\\")) { nodes[tree].flags.insert(.nameEscaped) }
        nodes[tree].parent = object
        link(tree, to: object)
    }

    /// Makes a scalar what a finished tree is that is not linked anywhere.
    func overwrite(_ scalar: UInt32, by tree: UInt32) {
        touch(nodes[scalar].parent)
        nodes[scalar].tag = nodes[tree].tag
        nodes[scalar].flags.formIntersection(.nameEscaped)
        nodes[scalar].flags.formUnion(nodes[tree].flags.subtracting([.source, .nameEscaped]))
        nodes[scalar].offset = nodes[tree].offset
        nodes[scalar].length = nodes[tree].length
        nodes[scalar].payload = nodes[tree].payload
        guard nodes[tree].tag.isContainer else { return }
        var child = nodes[tree].firstChild
        while child != 0 {
            nodes[child].parent = scalar
            child = nodes[child].next
        }
    }

    /// Containers around and including this one.
    func depth(of container: UInt32) -> Int {
        var depth = 0
        var node = container
        while node != 0 {
            depth += 1
            node = nodes[node].parent
        }
        return depth
    }

    @inline(never)
    func tooDeep() -> UInt32 {
        trouble.insert(.tooDeep)
        return noRoom()
    }
}
