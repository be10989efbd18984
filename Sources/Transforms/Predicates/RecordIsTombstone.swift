internal import ConnectorKit

/// Chooses records whose value is null.
struct RecordIsTombstone: Predicate {
    static let definition = PredicateDefinition(
        "RecordIsTombstone",
        documentation: """
            Chooses tombstones: records whose value is null.

            ```json
            { "type": "Filter", "predicate": { "type": "RecordIsTombstone" } }
            ```

            As Kafka Connect's `RecordIsTombstone`. It has no settings.
            """,
        make: { _ in RecordIsTombstone() })

    func matches(_ record: Record) -> Bool { record.isTombstone }
}
