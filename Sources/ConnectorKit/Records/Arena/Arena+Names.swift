// Names: written once a batch, compared in place.
extension Arena {
    /// Where a name stands in the text, written there first if need be; nil when it does not fit.
    @inline(__always)
    func store(_ name: FieldName) -> NameSlot? {
        let identity = name.identity
        let slot = unsafe header.pointee.names + Int((identity ^ (identity >> 6)) & UInt64(Self.nameSlots - 1))
        if unsafe slot.pointee.identity == identity && slot.pointee.count == name.count { return unsafe slot.pointee }
        return unsafe write(name, to: slot)
    }

    @inline(never)
    private func write(_ name: FieldName, to slot: UnsafeMutablePointer<NameSlot>) -> NameSlot? {
        let start = textCount
        guard let offset = unsafe append(name.start, name.count) else { return nil }
        // Checked in the arena, where reading past the end is allowed.
        let isEscaped = unsafe JSONEscape.isNeeded(header.pointee.text + Int(offset), name.count)
        if isEscaped {
            unsafe header.pointee.textCount = start
            guard appendEscaped(name) else { return nil }
        }
        let length = textCount - start
        // The quote ends a name that is too long for a node's length field.
        guard reserveText(1) else { return nil }
        unsafe header.pointee.text[textCount] = UInt8(ascii: "\"")
        unsafe header.pointee.textCount += 1
        var stored = NameSlot()
        stored.identity = name.identity
        stored.count = name.count
        stored.offset = UInt32(truncatingIfNeeded: start)
        stored.length = UInt32(truncatingIfNeeded: length)
        stored.isEscaped = isEscaped
        unsafe slot.pointee = stored
        return stored
    }

    private func appendEscaped(_ name: FieldName) -> Bool {
        guard reserveText(name.count * JSONEscape.longest) else { return false }
        let start = unsafe header.pointee.text + textCount
        let end = unsafe JSONEscape.write(name.start, name.count, to: start)
        unsafe header.pointee.textCount += end - start
        return true
    }

    /// The length of a name in the text.
    @inline(__always)
    func nameLength(_ node: Node) -> Int {
        node.nameLength != Node.longName ? Int(node.nameLength) : longNameLength(node)
    }

    @inline(never)
    private func longNameLength(_ node: Node) -> Int {
        let text = text
        var end = Int(node.nameOffset)
        while text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return end - Int(node.nameOffset)
    }

    /// Whether a node has this name, however it is spelled.
    @inline(__always)
    func matches(_ node: Node, _ name: NamePattern) -> Bool {
        if name.isShort(node, in: text) { return true }
        return !node.hasClearName && slowMatches(node, name.name)
    }

    @inline(never)
    func slowMatches(_ node: Node, _ name: FieldName) -> Bool {
        let bytes = unsafe text.buffer(node.nameOffset, UInt32(truncatingIfNeeded: nameLength(node)))
        let other = unsafe UnsafeBufferPointer(start: name.start, count: name.count)
        if !node.flags.contains(.nameEscaped) { return unsafe bytes.elementsEqual(other) }
        return unsafe JSONEscape.withUnescaped(bytes) { unsafe $0.elementsEqual(other) }
    }
}

/// A name made ready to be compared with many.
struct NamePattern {
    let name: FieldName
    private let shortCount: UInt16
    private let prefix: UInt64
    private let mask: UInt64

    @inline(__always)
    init(_ name: FieldName) {
        self.name = name
        shortCount = name.shortCount
        prefix = name.prefix
        mask = name.count < 8 ? (1 &<< (UInt64(truncatingIfNeeded: name.count) &* 8)) &- 1 : .max
    }

    /// Whether a node has this name, spelled without escapes; always false for long names.
    @inline(__always)
    func isShort(_ node: Node, in text: ArenaText) -> Bool {
        node.nameLength == shortCount && spells(node, in: text)
    }

    @inline(__always)
    private func spells(_ node: Node, in text: ArenaText) -> Bool {
        let start = Int(node.nameOffset)
        guard text.word64(at: start) & mask == prefix, !node.flags.contains(.nameEscaped) else { return false }
        return name.count <= 8 || (shortCount != Node.longName && matchesTail(start, in: text))
    }

    @inline(__always)
    private func matchesTail(_ start: Int, in text: ArenaText) -> Bool {
        let other = unsafe ArenaText(name.start)
        var index = 8
        while index &+ 8 < name.count {
            if text.word64(at: start &+ index) != other.word64(at: index) { return false }
            index &+= 8
        }
        let last = name.count &- 8
        return text.word64(at: start &+ last) == other.word64(at: last)
    }
}
