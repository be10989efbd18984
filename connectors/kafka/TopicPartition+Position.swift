import ConnectorKit

extension TopicPartition {
    /// The partition that a position of the kafka source names; nil for those of other sources.
    init?(_ fields: PositionFields) {
        guard let topic = fields["topic"]?.string, let number = fields["partition"]?.int,
            let number = Int32(exactly: number), number >= 0
        else { return nil }
        self.init(topic: FieldName(interning: topic), number: number)
    }

    /// What names it in a position.
    var fields: PositionFields { ["topic": .string(topic.description), "partition": .int(Int64(number))] }
}
