internal import ConnectorKit

/// Drops every record it is applied to.
struct Filter: Transform {
    static let definition = TransformDefinition(
        "Filter",
        documentation: """
            Drops records: those that its predicate chooses, or all of them when it has none.

            A dropped record counts as filtered, not as failed, and its position is committed like any other's. With \
            `"negate": true` the records that the predicate does not choose are dropped, so this keeps push events only:

            ```json
            { "type": "Filter",
              "predicate": { "type": "FieldMatches", "field": "type", "pattern": "PushEvent" },
              "negate": true }
            ```

            As Kafka Connect's `Filter`.
            """,
        make: { _, _ in Filter() })

    func apply(to batch: inout RecordBatch) throws {
        try batch.edit { _ in false }
    }
}
