import ConnectorKit

// The state on disk is one JSON object; every member is always written, and required when it is read.
extension SinkState {
    /// The state as one line of JSON.
    var json: String {
        JSONTree.object([
            .init("sequence", .int(sequence)),
            .init("open", .array(open.map(\.tree))),
            .init("finished", .array(finished.map(\.tree))),
            .init("positions", .array(positions.map(\.tree))),
        ]).compactText
    }

    /// Reads what ``json`` wrote; nil for anything else.
    init?(json: String) {
        guard let node = try? ConfigParser.parse(json), let sequence = node.int("sequence"),
            let open = node.list("open", OutputEntry.init), let finished = node.list("finished", OutputEntry.init),
            let positions = node.list("positions", StoredPosition.init)
        else { return nil }
        self.init()
        self.sequence = sequence
        self.open = open
        self.finished = finished
        self.positions = positions
    }
}

extension SinkState.StoredPosition {
    fileprivate var tree: JSONTree {
        .object([.init("partition", .string(partition)), .init("offset", .string(offset))])
    }

    fileprivate init?(_ node: ConfigNode) {
        guard let partition = node["partition"]?.scalarText, let offset = node["offset"]?.scalarText else { return nil }
        self.init(partition: partition, offset: offset)
    }
}

extension OutputEntry {
    fileprivate var tree: JSONTree {
        .object([
            .init("key", .string(key)), .init("temporary", .string(temporary)), .init("period", .string(period)),
            .init("final", .string(final)), .init("bytes", .int(Int(bytes))), .init("records", .int(records)),
        ])
    }

    fileprivate init?(_ node: ConfigNode) {
        guard let key = node["key"]?.scalarText, let temporary = node["temporary"]?.scalarText,
            let period = node["period"]?.scalarText, let final = node["final"]?.scalarText,
            let bytes = node.int("bytes"), let records = node.int("records")
        else { return nil }
        self.init(
            key: key, temporary: temporary, period: period, final: final, bytes: Int64(bytes), records: records)
    }
}

extension ConfigNode {
    fileprivate func int(_ name: String) -> Int? { self[name]?.scalarText.flatMap(Int.init) }

    /// The elements of a list; nil when one of them is not as expected.
    fileprivate func list<Element>(_ name: String, _ read: (ConfigNode) -> Element?) -> [Element]? {
        guard let nodes = self[name]?.elements else { return nil }
        let elements = nodes.compactMap(read)
        return elements.count == nodes.count ? elements : nil
    }
}
