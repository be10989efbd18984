internal import ConnectorKit

/// Chooses records that have a header of a name.
struct HasHeaderKey: Predicate {
    static let name = Setting.string("name", "The header's name, in exactly this case.").example("trace-id")
        .checked { $0.isEmpty ? "name is empty; expected the name of a header" : nil }

    static let definition = PredicateDefinition(
        "HasHeaderKey",
        documentation: """
            Chooses records that have at least one header of a name, whatever its value.

            ```json
            { "type": "Filter", "predicate": { "type": "HasHeaderKey", "name": "test-traffic" } }
            ```

            As Kafka Connect's `HasHeaderKey`.
            """,
        config: ConfigDefinition([name]),
        make: { values in HasHeaderKey(header: FieldName(interning: values[name])) })

    let header: FieldName

    func matches(_ record: Record) -> Bool { record.headers.first(named: header).exists }
}
