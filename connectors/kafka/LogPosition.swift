import ConnectorKit

/// A place in a partition, with what tells its topic from one of the same name that is made later.
struct LogPosition: Equatable, Sendable {
    /// A message as the log held it.
    struct Message: Equatable, Sendable {
        let offset: Int64
        /// Milliseconds since 1970-01-01 UTC.
        let timestamp: Int64
    }

    /// What is read next.
    var offset: Int64
    /// The topic's id; nil where library or broker do not tell it.
    var topicID: String?
    /// The last message read before `offset`; nil when none is known.
    var last: Message?

    /// The offset of a position of the kafka source; nil for those of other sources. Earlier versions stored less.
    init?(_ fields: PositionFields) {
        guard let offset = fields["offset"]?.int, offset >= 0 else { return nil }
        self.init(offset: offset, of: fields)
    }

    /// What the group holds beside an offset.
    init(offset: Int64, metadata: PositionFields?) { self.init(offset: offset, of: metadata ?? [:]) }

    init(offset: Int64, topicID: String? = nil, last: Message? = nil) {
        (self.offset, self.topicID, self.last) = (offset, topicID, last)
    }

    private init(offset: Int64, of fields: PositionFields) {
        self.offset = offset
        topicID = fields["topic.id"]?.string
        last = fields["timestamp"]?.int.map {
            Message(offset: fields["timestamp.offset"]?.int ?? offset - 1, timestamp: $0)
        }
    }

    /// As a position stores it.
    var fields: PositionFields { PositionFields(marks.merging(["offset": .int(offset)]) { $1 }) }

    /// What tells the topic: the message that `timestamp` is of stands right before `offset`, or at `timestamp.offset`.
    var marks: [String: PositionValue] {
        var fields: [String: PositionValue] = [:]
        if let topicID { fields["topic.id"] = .string(topicID) }
        guard let last else { return fields }
        fields["timestamp"] = .int(last.timestamp)
        if last.offset != offset - 1 { fields["timestamp.offset"] = .int(last.offset) }
        return fields
    }
}

extension TopicPartition {
    /// The partition that a position of the kafka source names; nil for those of other sources.
    init?(_ fields: PositionFields) {
        guard let topic = fields["topic"]?.string, let number = fields["partition"]?.int,
            let number = Int32(exactly: number), number >= 0
        else { return nil }
        self.init(topic: topic, number: number)
    }

    /// What names it in a position.
    var fields: PositionFields { ["topic": .string(topic), "partition": .int(Int64(number))] }
}
