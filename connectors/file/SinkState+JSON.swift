import ConnectorKit

// A state on disk is one JSON object; every member is always written, and required when it is read.
extension SinkState {
    private static let format = 2

    /// The state as one line of JSON.
    var json: String {
        let owners = owners.values.sorted { $0.owner.id < $1.owner.id }
        let positions = positions.sorted { $0.key.json < $1.key.json }
        return JSONTree.object([
            .init("format", .int(Self.format)),
            .init("owners", .array(owners.map(\.tree))),
            .init("open", .array(parts.filter { !$0.isFinished }.map(\.tree))),
            .init("finished", .array(parts.filter(\.isFinished).map(\.tree))),
            .init("positions", .array(positions.map { $1.tree($0) })),
            .init(
                "sequences", .object(sequences.sorted { $0.key < $1.key }.map { .init("\($0.key)", .int($0.value)) })),
            .init("imported", .array(imported.sorted().map(JSONTree.int))),
        ]).compactText
    }

    /// Reads what ``json`` wrote.
    ///
    /// - Parameter path: Where it stands, for messages.
    init(json: String, at path: String) throws(ConnectorError) {
        self.init()
        guard let node = try? ConfigParser.parse(json), node.int("format") == Self.format,
            let owners = node.list("owners", Record.init),
            let open = node.list("open", { Part($0, isFinished: false) }),
            let finished = node.list("finished", { Part($0, isFinished: true) }),
            let sequences = node["sequences"]?.members, let imported = node["imported"]?.elements,
            let positions = node["positions"]?.elements
        else { throw Self.unreadable(path) }
        self.owners = Dictionary(owners.map { ($0.owner.id, $0) }, uniquingKeysWith: { $1 })
        parts = open + finished
        for member in sequences {
            guard let task = Int(member.name), let number = member.value.scalarText.flatMap(Int.init) else {
                throw Self.unreadable(path)
            }
            self.sequences[task] = number
        }
        for task in imported {
            guard let task = task.scalarText.flatMap(Int.init) else { throw Self.unreadable(path) }
            self.imported.insert(task)
        }
        for position in positions {
            let (partition, reached) = try Reached.read(position, at: path)
            self.positions[partition] = reached
        }
    }

    /// Reads the state that a version without a shared one kept for a task, as that of an owner of the task's number.
    init(old json: String, task: Int, at path: String) throws(ConnectorError) {
        self.init()
        guard let node = try? ConfigParser.parse(json), let sequence = node.int("sequence"),
            let open = node.list("open", OutputEntry.init), let finished = node.list("finished", OutputEntry.init),
            let positions = node["positions"]?.elements
        else { throw Self.unreadable(path) }
        let owner = SinkOwner(id: String(task), worker: "", task: task)
        owners[owner.id] = Record(owner: owner)
        parts =
            open.map { Part(owner: owner.id, task: task, entry: $0, isFinished: false) }
            + finished.map { Part(owner: owner.id, task: task, entry: $0, isFinished: true) }
        sequences[task] = sequence
        for position in positions {
            let (partition, reached) = try Reached.read(position, task: task, at: path)
            self.positions[partition] = reached
        }
    }

    static func unreadable(_ path: String) -> ConnectorError {
        .configuration(
            "\(path) is not the state of a file sink; restore it, or delete it to go on without what it says")
    }
}

extension SinkState.Record {
    fileprivate var tree: JSONTree {
        .object([
            .init("id", .string(owner.id)), .init("worker", .string(owner.worker)), .init("task", .int(owner.task)),
            .init("changes", .int(changes)), .init("folders", .array(folders.map(JSONTree.string))),
        ])
    }

    fileprivate init?(_ node: ConfigNode) {
        guard let id = node["id"]?.scalarText, let worker = node["worker"]?.scalarText, let task = node.int("task"),
            let changes = node.int("changes")
        else { return nil }
        // A version that put all unfinished files into one folder wrote none.
        guard let folders = node["folders"] == nil ? [] : node.list("folders", \.scalarText) else { return nil }
        self.init(owner: SinkOwner(id: id, worker: worker, task: task), changes: changes, folders: folders)
    }
}

extension SinkState.Reached {
    fileprivate func tree(_ partition: PositionFields) -> JSONTree {
        .object([
            .init("partition", .string(partition.json)), .init("offset", offset.map { .string($0.json) } ?? .null),
            .init("epoch", .int(Int(epoch))), .init("task", .int(task)),
        ])
    }

    /// - Parameter task: The task where the position names none, nor an epoch.
    fileprivate static func read(
        _ node: ConfigNode, task: Int? = nil, at path: String
    ) throws(ConnectorError) -> (PositionFields, Self) {
        let offset = node["offset"]?.scalarText
        guard let task = task ?? node.int("task"), let epoch = node["epoch"] == nil ? 1 : node.int("epoch"),
            offset != nil || node["offset"]?.kindName == "null"
        else {
            throw .configuration(
                "the position of partition \(node["partition"]?.scalarText ?? "?"), stored in \(path), is not whole; restore "
                    + "that file, or delete it to go on without what it says")
        }
        let stored = try OwnedPositions.Stored(
            partition: node["partition"]?.scalarText ?? "", offset: offset, epoch: Int64(epoch), in: path)
        return (stored.partition, Self(offset: stored.offset, epoch: stored.epoch, task: task))
    }
}

extension SinkState.Part {
    fileprivate var tree: JSONTree {
        .object([.init("owner", .string(owner)), .init("task", .int(task))] + entry.members)
    }

    fileprivate init?(_ node: ConfigNode, isFinished: Bool) {
        guard let owner = node["owner"]?.scalarText, let task = node.int("task"), let entry = OutputEntry(node) else {
            return nil
        }
        self.init(owner: owner, task: task, entry: entry, isFinished: isFinished)
    }
}

extension OutputEntry {
    fileprivate var members: [JSONTree.Member] {
        [
            .init("key", .string(key)), .init("temporary", .string(temporary)), .init("period", .string(period)),
            .init("final", .string(final)), .init("bytes", .int(Int(bytes))), .init("records", .int(records)),
        ]
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
