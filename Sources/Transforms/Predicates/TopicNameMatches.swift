internal import ConnectorKit

/// Chooses records whose topic matches a pattern.
final class TopicNameMatches: Predicate {
    /// Answers are remembered for this many topics; names kept for comparing are never freed, so their number is bounded.
    static let rememberedTopics = 64

    private let pattern: TextPattern
    private var answers: [(topic: FieldName, isMatch: Bool)] = []

    init(_ pattern: TextPattern) { self.pattern = pattern }

    func matches(_ record: Record) -> Bool {
        for answer in answers where record.topicEquals(answer.topic) { return answer.isMatch }
        guard let topic = record.topic else { return false }
        let isMatch = pattern.matches(topic)
        if answers.count < Self.rememberedTopics { answers.append((FieldName(interning: topic), isMatch)) }
        return isMatch
    }
}

extension TopicNameMatches {
    static let pattern = Setting.patternText(
        "pattern", "Regular expression that must match the whole topic name; see FieldMatches for what it can hold."
    ).example("orders-.*")

    static let definition = PredicateDefinition(
        "TopicNameMatches",
        documentation: """
            Chooses records whose topic name matches a regular expression as a whole.

            ```json
            { "type": "InsertField", "static.field": "kind", "static.value": "order",
              "predicate": { "type": "TopicNameMatches", "pattern": "orders-.*" } }
            ```

            A record without a topic is not chosen. As Kafka Connect's `TopicNameMatches`.
            """,
        config: ConfigDefinition([pattern]),
        make: { values in TopicNameMatches(try TextPattern(values[pattern])) })
}
