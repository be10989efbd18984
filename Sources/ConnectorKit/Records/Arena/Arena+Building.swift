internal import CRecords

extension Arena {
    /// A new container under this name; `depth` containers stand around it.
    @usableFromInline
    func open(_ tag: Tag, _ name: FieldName, in object: UInt32, _ depth: Int) -> UInt32 {
        guard depth < Self.maximumDepth else { return tooDeep() }
        let node = appendMember(object, name)
        nodes[node].tag = tag
        return node
    }

    /// A new container at the end of an array; `depth` containers stand around it.
    @usableFromInline
    func open(_ tag: Tag, in array: UInt32, _ depth: Int) -> UInt32 {
        guard depth < Self.maximumDepth else { return tooDeep() }
        let node = appendElement(array)
        nodes[node].tag = tag
        return node
    }

    func put(utf8 text: UnsafeRawBufferPointer, at node: UInt32) {
        guard unsafe Self.isUTF8(text) else { return }
        unsafe text.withMemoryRebound(to: UInt8.self) { unsafe put(string: $0, at: node) }
    }

    static func isUTF8(_ text: UnsafeRawBufferPointer) -> Bool {
        unsafe text.withMemoryRebound(to: UInt8.self) { bytes in
            var fault = 0
            guard let start = bytes.baseAddress else { return true }
            return unsafe sluice_is_utf8(start, bytes.count, &fault)
        }
    }

    /// A copy of a value of this or another arena, not linked anywhere; a missing value becomes null.
    func `import`(_ value: borrowing Value, below depth: Int) -> UInt32 {
        if unsafe value.arena.header == header { return copy(value, below: depth) }
        guard value.isName || value.node == 0 else { return copyTree(value.node, of: value.arena, below: depth) }
        let node = make(Node())
        if value.isName { put(string: value.arena.nameString(value.node), at: node) }
        return node
    }
}
