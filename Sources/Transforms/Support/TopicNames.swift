internal import ConnectorKit

/// The topics seen by one transform, as names that can be compared and inserted without making a `String`.
///
/// Used by one task's thread.
final class TopicNames {
    /// Names are never freed, and topics come from data, so no more than this many are kept.
    static let limit = 64

    private var names: [FieldName] = []

    /// Puts the record's topic into a field; does nothing when there is none.
    func insert(topicOf record: RecordEditor, into object: ObjectEditor, at path: FieldPath) {
        for name in names where record.topicEquals(name) { return object.set(path: path, name) }
        guard let topic = record.topic else { return }
        object.set(path: path, topic)
        if names.count < Self.limit { names.append(FieldName(interning: topic)) }
    }
}
