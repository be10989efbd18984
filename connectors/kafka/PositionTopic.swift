import ConnectorKit

/// The topic in which a sink's positions stand: a message for each partition of the source, whose key names pipeline, sink,
/// task and partition, and whose value is the offset; without a value it is forgotten.
struct PositionTopic: Sendable {
    /// A message of the topic.
    struct Entry: Equatable {
        let key: String
        /// Nil forgets the key.
        let value: String?
    }

    /// What a topic holds for one sink.
    struct Content {
        /// The newest position of each partition.
        var positions: [Position] = []
        /// Keys that this task has to forget once the worker has the positions.
        var keys: Set<String> = []
    }

    let pipeline: String
    let sink: String
    let task: TaskSlot

    /// How the topic is made: small segments, since the newest is never compacted and is read at each start.
    static func creation(replication: Int32) -> TopicCreation {
        TopicCreation(
            partitions: 1, replication: replication,
            settings: [("cleanup.policy", "compact"), ("segment.bytes", "16777216")])
    }

    /// The key under which this task keeps a partition.
    func key(_ partition: PositionFields) -> String {
        PositionFields([
            "pipeline": .string(pipeline), "sink": .string(sink), "task": .int(Int64(task.index)),
            "partition": .string(partition.json),
        ]).json
    }

    /// The messages that put `positions` in the place of `keys`.
    func entries(for positions: [PositionFields: PositionFields], replacing keys: Set<String>) -> [Entry] {
        let new = positions.map { Entry(key: key($0.key), value: $0.value.json) }
        return new + keys.subtracting(new.map(\.key)).map { Entry(key: $0, value: nil) }
    }

    /// What the messages of the topic, in their order, say about this sink.
    ///
    /// - Parameter topic: The topic's name.
    /// - Throws: A configuration error that names the position when the latest message of one cannot be read.
    func content(of entries: some Sequence<Entry>, in topic: String) throws(ConnectorError) -> Content {
        var latest: [String: (order: Int, partition: String, offset: String)] = [:]
        for (order, entry) in entries.enumerated() {
            guard let key = PositionFields(json: entry.key), key["pipeline"]?.string == pipeline,
                key["sink"]?.string == sink
            else { continue }
            latest[entry.key] = entry.value.map { (order, key["partition"]?.string ?? "", $0) }
        }
        var content = Content()
        // A partition that moved from task to task may stand there twice.
        var newest: [PositionFields: Position] = [:]
        for (_, partition, offset) in latest.values.sorted(by: { $0.order < $1.order }) {
            let stored = try OwnedPositions.Stored(partition: partition, offset: offset, epoch: 0, in: "topic \(topic)")
            newest[stored.partition] = stored.position
        }
        content.positions = newest.values.sorted { $0.partition.json < $1.partition.json }
        content.keys = Set(latest.keys.filter(isToForget))
        return content
    }

    /// A task forgets its own keys; the first one those of tasks that there are no longer.
    private func isToForget(_ key: String) -> Bool {
        guard let number = PositionFields(json: key)?["task"]?.int else { return false }
        return number == task.index || (number >= task.count && task.index == 0)
    }
}
