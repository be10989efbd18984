internal import ConnectorKit

/// The topics seen by one transform, as names that can be compared and inserted without making a `String`.
///
/// Used by one task's thread.
final class TopicNames {
    /// Names are never freed, and topics come from data, so no more than this many are kept.
    static let limit = 64

    private var names: [FieldName] = []

    /// Puts the record's topic into a field; does nothing when there is none.
    func insert(topicOf record: RecordEditor, into object: ObjectEditor, at target: FieldTarget) {
        for name in names where record.topicEquals(name) { return target.set(name, in: object) }
        guard let topic = record.topic else { return }
        target.set(topic, in: object)
        if names.count < Self.limit { names.append(FieldName(interning: topic)) }
    }
}
