extension RecordBatch {
    /// Appends a deep copy of a record of another batch, metadata and source text included.
    ///
    /// A rejected or dropped record is copied as a deliverable one.
    ///
    /// - Throws: ``BatchFull``; the batch is as it was.
    public mutating func appendCopy(of index: Int, from other: borrowing RecordBatch) throws {
        other.check(index)
        let fill = arena.fill
        let record = arena.copyRecord(index, of: other.arena)
        guard arena.trouble.isEmpty else {
            arena.roll(back: fill)
            throw BatchFull(limit: unsafe arena.header.pointee.limit)
        }
        arena.append(record)
    }

    /// Appends copies of all deliverable records of another batch, and its marks.
    ///
    /// Copies whole tables: far faster than record by record.
    ///
    /// - Throws: ``BatchFull``; the batch is as it was.
    public mutating func appendAll(from other: borrowing RecordBatch) throws {
        let before = count
        guard arena.appendTables(of: other.arena) else {
            arena.trouble = []
            throw BatchFull(limit: unsafe arena.header.pointee.limit)
        }
        if other.hasRejections { noteLack() }
        for mark in other.marks {
            let covered = before + other.deliverableCount(below: mark.recordCount)
            append(PositionMark(recordCount: covered, position: mark.position))
        }
    }

    private borrowing func deliverableCount(below end: Int) -> Int {
        if deliverableCount == count { return end }
        return (0..<end).count { isDeliverable($0) }
    }
}

extension Arena {
    fileprivate func copyRecord(_ index: Int, of other: Arena) -> RecordMeta {
        var record = other.records[index]
        record.flags.subtract([.dropped, .rejected, .aside])
        record.value = copyTree(record.value, of: other)
        record.key = copyTree(record.key, of: other)
        record.headers = copyTree(record.headers, of: other)
        record.schema = place(of: other.schema(record.schema))
        record.keySchema = place(of: other.schema(record.keySchema))
        if record.flags.contains(.topic) {
            record.topicOffset = copyText(record.topicOffset, record.topicLength, of: other)
        }
        if record.flags.contains(.source) {
            record.sourceOffset = copyText(record.sourceOffset, record.sourceLength, of: other)
        }
        if record.flags.contains(.keySource) {
            record.keySourceOffset = copyText(record.keySourceOffset, record.keySourceLength, of: other)
        }
        return record
    }

    private func copyText(_ offset: UInt32, _ length: UInt32, of other: Arena) -> UInt32 {
        let bytes = unsafe other.text.buffer(offset, length)
        guard let start = bytes.baseAddress else { return 0 }
        return unsafe append(start, bytes.count) ?? 0
    }

    /// Appends the tables of another arena; every index in them moves by the same distance. False when there is no room.
    fileprivate func appendTables(of other: Arena) -> Bool {
        let newNodes = other.nodeCount - Self.firstNode
        guard reserveText(other.textCount), reserveNodes(newNodes) else { return false }
        let move = TableMove(
            text: UInt32(truncatingIfNeeded: textCount), nodes: UInt32(truncatingIfNeeded: nodeCount - Self.firstNode),
            schemas: unsafe other.header.pointee.schemas.map { place(of: $0) })
        if trouble.contains(.full) { return false }
        noteLineBreaks(of: other)
        unsafe (header.pointee.text + textCount).update(from: other.text.start, count: other.textCount)
        for index in Self.firstNode..<other.nodeCount {
            nodes[UInt32(truncatingIfNeeded: index) &+ move.nodes] = move.node(
                other.nodes[UInt32(truncatingIfNeeded: index)])
        }
        unsafe header.pointee.textCount += other.textCount
        unsafe header.pointee.nodeCount += newNodes
        unsafe header.pointee.parsedNodeCount += other.header.pointee.parsedNodeCount
        for index in 0..<other.recordCount where other.records[index].flags.isDisjoint(with: .withheld) {
            append(move.record(other.records[index]))
        }
        return true
    }
}

/// How far everything moves when tables are appended to others.
private struct TableMove {
    let text: UInt32
    let nodes: UInt32
    /// Where each schema is then.
    let schemas: [UInt16]

    @inline(__always)
    private func index(_ old: UInt32) -> UInt32 { old == 0 ? 0 : old &+ nodes }

    @inline(__always)
    func node(_ old: Node) -> Node {
        var node = old
        node.nameOffset &+= text
        if old.hasSpan { node.offset &+= text }
        node.next = index(old.next)
        node.parent = index(old.parent)
        if old.tag.isContainer {
            node.firstChild = index(old.firstChild)
            node.lastChild = index(old.lastChild)
        }
        return node
    }

    func record(_ old: RecordMeta) -> RecordMeta {
        var record = old
        record.flags.remove(.aside)
        record.value = index(old.value)
        record.key = index(old.key)
        record.headers = index(old.headers)
        record.schema = old.schema == 0 ? 0 : schemas[Int(old.schema) - 1]
        record.keySchema = old.keySchema == 0 ? 0 : schemas[Int(old.keySchema) - 1]
        record.topicOffset &+= text
        record.sourceOffset &+= text
        record.keySourceOffset &+= text
        return record
    }
}
