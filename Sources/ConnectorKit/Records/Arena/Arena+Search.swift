// Finding members. Of members with equal names the last wins.
extension Arena {
    /// The member of this name; 0 when there is none, or `object` is no object.
    @usableFromInline
    func find(_ object: UInt32, _ name: FieldName) -> UInt32 {
        let nodes = nodes
        guard nodes[object].tag == .object else { return 0 }
        if nodes[object].flags.contains(.uniqueNames) { return locate(object, name).node }
        let pattern = NamePattern(name)
        var found: UInt32 = 0
        var child = nodes[object].firstChild
        while child != 0 {
            if matches(nodes[child], pattern) { found = child }
            child = nodes[child].next
        }
        return found
    }

    /// The first member of this name, for lists in which names may repeat.
    func findFirst(_ object: UInt32, _ name: FieldName) -> UInt32 {
        let pattern = NamePattern(name)
        var child = nodes[object].firstChild
        while child != 0 && !matches(nodes[child], pattern) { child = nodes[child].next }
        return child
    }

    /// A member and the one before it; 0 for none.
    struct Place {
        var previous: UInt32 = 0
        var node: UInt32 = 0
    }

    /// ``find(_:_:)`` for an edit: earlier members of the same name are taken out, and whether the object's names are
    /// unique is noted for the next search.
    @inline(__always)
    func locate(_ object: UInt32, _ name: FieldName) -> Place {
        guard nodes[object].flags.contains(.uniqueNames) else { return locateThorough(object, name) }
        let nodes = nodes
        let text = text
        let pattern = NamePattern(name)
        var place = Place(previous: 0, node: nodes[object].firstChild)
        while place.node != 0 {
            if nodes[place.node].nameLength == pattern.shortCount && pattern.matches(nodes[place.node], in: text) { break }
            place.previous = place.node
            place.node = nodes[place.node].next
        }
        return place
    }

    @inline(never)
    private func locateThorough(_ object: UInt32, _ name: FieldName) -> Place {
        let nodes = nodes
        let text = text
        let pattern = NamePattern(name)
        var seen = NameSketch()
        var found = Place()
        var previous: UInt32 = 0
        var child = nodes[object].firstChild
        while child != 0 {
            seen.add(nodes[child], in: text)
            if matches(nodes[child], pattern) {
                if found.node != 0 {
                    unlink(found, from: object)
                    if previous == found.node { previous = found.previous }
                }
                found = Place(previous: previous, node: child)
            }
            previous = child
            child = nodes[child].next
        }
        if !seen.mayRepeat { nodes[object].flags.insert(.uniqueNames) }
        return found
    }

    func element(_ array: UInt32, _ index: Int) -> UInt32 {
        guard nodes[array].tag == .array, index >= 0 else { return 0 }
        var child = nodes[array].firstChild
        var left = index
        while child != 0 && left > 0 {
            child = nodes[child].next
            left -= 1
        }
        return child
    }

    func childCount(_ node: UInt32) -> Int {
        guard nodes[node].tag.isContainer else { return 0 }
        var count = 0
        var child = nodes[node].firstChild
        while child != 0 {
            count += 1
            child = nodes[child].next
        }
        return count
    }
}

/// Which names were seen, as a filter with two bits a name: it may take two names for equal, never two equal ones for
/// different. Names with escapes and long ones always count as repeated: their spelling does not tell.
private struct NameSketch {
    private var one: UInt64 = 0
    private var other: UInt64 = 0
    private(set) var mayRepeat = false

    @inline(__always)
    mutating func add(_ node: Node, in text: ArenaText) {
        let length = UInt64(node.nameLength)
        let word = text.word64(at: Int(node.nameOffset))
        let inside = length < 8 ? word & ((1 &<< (length &* 8)) &- 1) : word &+ ending(node, in: text)
        let hash = (inside ^ length) &* 0x9e37_79b9_7f4a_7c15
        let bit = UInt64(1) &<< (hash >> 58)
        let otherBit = UInt64(1) &<< (hash >> 52 & 63)
        let isUnclear = node.flags.contains(.nameEscaped) || node.nameLength == Node.longName
        mayRepeat = mayRepeat || (one & bit != 0 && other & otherBit != 0) || isUnclear
        one |= bit
        other |= otherBit
    }

    /// The last eight bytes of a name that has as many.
    @inline(__always)
    private func ending(_ node: Node, in text: ArenaText) -> UInt64 {
        text.word64(at: Int(node.nameOffset) &+ Int(node.nameLength) &- 8)
    }
}
