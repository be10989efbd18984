extension RecordBatch {
    /// Replaces a record by one for each element of an array, with the record's metadata each.
    ///
    /// The records behind it, rejections and marks move along. An empty array drops the record.
    ///
    /// - Parameters:
    ///   - index: A deliverable record.
    ///   - path: Where the array is below the value; nil: the value itself.
    /// - Returns: How many elements there were.
    /// - Throws: ``ConnectorError`` of kind `rejected` when there is no array, and ``BatchFull``; the batch is as it
    ///   was.
    public mutating func explode(_ index: Int, at path: FieldPath?) throws -> Int {
        check(index)
        let root = arena.records[index].value
        let array = path.map { arena.find(root, $0) } ?? root
        guard arena.nodes[array].tag == .array else { throw Self.noArray(index, path, self[index]) }
        let count = arena.childCount(array)
        guard count > 0 else {
            drop(index)
            return 0
        }
        let whole = self[index].schema
        let schema = path.map { $0.names.reduce(whole) { $0?.field($1) } } ?? whole
        try replace(index, byElementsOf: array, count, schema?.items)
        shift(after: index, by: count - 1)
        return count
    }

    private static func noArray(_ index: Int, _ path: FieldPath?, _ record: borrowing Record) -> ConnectorError {
        let found = path.map { record[path: $0].kind } ?? record.value.kind
        let place = path.map { "the field '\($0)'" } ?? "the value"
        return .rejected("Record \(index): expected an array to split at \(place), found \(found).")
    }

    /// - Parameter schema: That of the elements; nil when it is not known.
    private mutating func replace(_ index: Int, byElementsOf array: UInt32, _ count: Int, _ schema: Schema?) throws {
        let fill = arena.fill
        var template = arena.records[index]
        template.schema = arena.place(of: schema)
        var templates = [template]
        // Each record edits its own key and headers.
        for _ in 1..<max(count, 1) { templates.append(arena.ownMetadata(of: template)) }
        guard arena.trouble.isEmpty else {
            arena.roll(back: fill)
            throw BatchFull(limit: unsafe arena.header.pointee.limit)
        }
        arena.openGap(after: index, of: count - 1)
        var element = arena.nodes[array].firstChild
        for (distance, template) in templates.enumerated() {
            arena.records[index + distance] = arena.record(of: element, like: template)
            element = arena.nodes[element].next
        }
    }
}

extension Arena {
    fileprivate func ownMetadata(of record: RecordMeta) -> RecordMeta {
        var copy = record
        if record.key != 0 { copy.key = copyTree(record.key, below: 0) }
        if record.headers != 0 { copy.headers = copyTree(record.headers, below: 0) }
        return copy
    }

    fileprivate func openGap(after index: Int, of count: Int) {
        reserveRecords(count)
        let tail = unsafe header.pointee.records + index + 1
        unsafe (tail + count).update(from: tail, count: recordCount - index - 1)
        unsafe header.pointee.recordCount += count
    }

    /// A record of an element. Where the element was read from text that is the record's source; otherwise it keeps
    /// the whole one's.
    fileprivate func record(of element: UInt32, like template: RecordMeta) -> RecordMeta {
        var record = template
        record.value = element
        nodes[element].parent = 0
        let node = nodes[element]
        let isWhole = node.tag.isContainer ? node.flags.contains(.clean) : false
        if isWhole && template.flags.contains(.source) {
            record.sourceOffset = node.jsonStart
            record.sourceLength = node.jsonEnd &- node.jsonStart
        }
        return record
    }
}
