// Finding members. Of members with equal names the last wins.
extension Arena {
    /// The member of this name; 0 when there is none, or `object` is no object.
    @usableFromInline
    func find(_ object: UInt32, _ name: FieldName) -> UInt32 {
        let nodes = nodes
        guard nodes[object].tag == .object else { return 0 }
        if nodes[object].flags.contains(.uniqueNames) { return locate(object, name, for: .look).node }
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

    /// What a search is for.
    enum Purpose {
        /// The object is edited whether or not the member is there.
        case edit
        /// The object is edited when the member is there.
        case editIfFound
        /// It is not yet known whether the object is edited.
        case look
    }

    /// ``find(_:_:)`` for an edit, which marks the object as changed if it will be.
    ///
    /// The first edit takes out what repeats the name, and makes the object's sketch for the next ones.
    @inline(__always)
    func locate(_ object: UInt32, _ name: FieldName, for purpose: Purpose) -> Place {
        guard nodes[object].flags.contains(.uniqueNames) else { return locateThorough(object, name, for: purpose) }
        return nodes[object].sketch.mayHold(name.sketch) ? search(object, name) : Place()
    }

    @inline(__always)
    private func search(_ object: UInt32, _ name: FieldName) -> Place {
        let nodes = nodes
        let text = text
        let pattern = NamePattern(name)
        var place = Place(previous: 0, node: nodes[object].firstChild)
        while place.node != 0 {
            if pattern.isShort(nodes[place.node], in: text) { break }
            place.previous = place.node
            place.node = nodes[place.node].next
        }
        return place
    }

    @inline(never)
    private func locateThorough(_ object: UInt32, _ name: FieldName, for purpose: Purpose) -> Place {
        let nodes = nodes
        let text = text
        let pattern = NamePattern(name)
        var sketch = NameSketch()
        var isUnique = true
        var found = Place()
        var previous: UInt32 = 0
        var child = nodes[object].firstChild
        while child != 0 {
            let isNew = sketch.add(NameSketch.bits(of: nodes[child], in: text))
            let isClear = nodes[child].hasClearName
            isUnique = isUnique && isNew && isClear
            if isClear ? pattern.isShort(nodes[child], in: text) : slowMatches(nodes[child], name) {
                if found.node != 0 {
                    touch(object)
                    unlink(found, from: object)
                    if previous == found.node { previous = found.previous }
                }
                found = Place(previous: previous, node: child)
            }
            previous = child
            child = nodes[child].next
        }
        let isEdited = purpose == .edit || (purpose == .editIfFound && found.node != 0)
        if isEdited { noteEdit(object, isUnique ? sketch : nil) }
        return found
    }

    private func noteEdit(_ object: UInt32, _ sketch: NameSketch?) {
        touch(object)
        guard let sketch else { return }
        nodes[object].flags.insert(.uniqueNames)
        nodes[object].sketch = sketch
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
