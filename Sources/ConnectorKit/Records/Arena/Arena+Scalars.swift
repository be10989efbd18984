internal import CRecords

// Scalars: written into a node, and given text.
extension Arena {
    @usableFromInline
    func put(string bytes: UnsafeBufferPointer<UInt8>, at node: UInt32) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return putText("", at: node) }
        guard let offset = unsafe append(start, bytes.count) else { return }
        put(string: TextRange(offset: Int(offset), count: bytes.count), at: node)
    }

    /// A string of text that is there.
    func put(string text: TextRange, at node: UInt32) {
        nodes[node].tag = .string
        nodes[node].offset = UInt32(truncatingIfNeeded: text.offset)
        nodes[node].length = UInt32(truncatingIfNeeded: text.count)
        let start = unsafe header.pointee.text + text.offset
        if unsafe JSONEscape.isNeeded(start, text.count) { nodes[node].flags.insert(.raw) }
    }

    @usableFromInline
    func put(string: String, at node: UInt32) {
        let written: Void? = unsafe string.utf8.withContiguousStorageIfAvailable { unsafe put(string: $0, at: node) }
        if written != nil { return }
        var copy = string
        copy.withUTF8 { unsafe put(string: $0, at: node) }
    }

    @usableFromInline
    func put(name: FieldName, at node: UInt32) {
        guard let stored = store(name) else { return }
        nodes[node].tag = .string
        nodes[node].offset = stored.offset
        nodes[node].length = stored.length
        if stored.isEscaped { nodes[node].flags.insert(.escaped) }
    }

    @usableFromInline
    func put(number text: String, at node: UInt32) {
        var copy = text
        copy.withUTF8 { bytes in
            guard let start = bytes.baseAddress, let offset = unsafe append(start, bytes.count) else { return }
            nodes[node].tag = .number
            nodes[node].offset = offset
            nodes[node].length = UInt32(truncatingIfNeeded: bytes.count)
            let isFractional = unsafe bytes.contains { $0 == 0x2e || $0 | 0x20 == 0x65 }
            if isFractional { nodes[node].flags.insert(.fractional) }
        }
    }

    @usableFromInline
    func put(bytes: UnsafeRawBufferPointer, at node: UInt32) {
        unsafe bytes.withMemoryRebound(to: UInt8.self) { bytes in
            putText("", at: node)
            nodes[node].tag = .bytes
            guard let start = bytes.baseAddress, let offset = unsafe append(start, bytes.count) else { return }
            nodes[node].offset = offset
            nodes[node].length = UInt32(truncatingIfNeeded: bytes.count)
        }
    }

    private func putText(_ text: StaticString, at node: UInt32) {
        guard let offset = unsafe append(text.utf8Start, text.utf8CodeUnitCount) else { return }
        nodes[node].tag = .string
        nodes[node].offset = offset
        nodes[node].length = UInt32(truncatingIfNeeded: text.utf8CodeUnitCount)
    }

    /// Turns a number or a truth value into the string of its text.
    @usableFromInline
    func castToString(_ object: UInt32, _ name: FieldName) {
        guard nodes[object].tag == .object else { return }
        let place = locate(object, name, for: .look)
        guard place.node != 0, isCastable(nodes[place.node].tag) else { return }
        touch(object)
        exchangeForText(place, of: object)
    }

    func castToString(_ place: Place, of object: UInt32) {
        guard isCastable(nodes[place.node].tag) else { return }
        beginEdit(object)
        exchangeForText(place, of: object)
    }

    @inline(__always)
    private func exchangeForText(_ place: Place, of object: UInt32) {
        let source = nodes[place.node]
        var string = Node(tag: .string, parent: object)
        string.offset = source.offset
        string.length = source.length
        let node = make(string)
        exchange(place, for: node, in: object)
        if source.length == 0 { writeText(of: source, to: node) }
    }

    @inline(__always)
    private func isCastable(_ tag: Tag) -> Bool {
        switch tag {
        case .number, .int, .uint, .double, .true, .false: true
        case .missing, .null, .string, .bytes, .array, .object: false
        }
    }

    @inline(never)
    private func writeText(of scalar: Node, to node: UInt32) {
        guard reserveText(NumberText.longest) else { return }
        let start = unsafe header.pointee.text + textCount
        let end = unsafe NumberText.write(scalar, to: start)
        nodes[node].offset = UInt32(truncatingIfNeeded: textCount)
        nodes[node].length = unsafe UInt32(truncatingIfNeeded: end - start)
        unsafe header.pointee.textCount += end - start
    }
}
