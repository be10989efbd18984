import ConnectorKit

/// Takes values out of Kafka Connect's envelope, `{"schema": …, "payload": …}`.
struct EnvelopeReader {
    private var schemas: SchemaCache
    private let replacesNull: Bool

    init(_ config: ConverterConfig) {
        schemas = SchemaCache(limit: config.cacheSize)
        replacesNull = config.replacesNull
    }

    /// Makes the payload the record's value, fills its defaults in, and keeps its schema beside it.
    ///
    /// - Throws: What is wrong with the envelope.
    mutating func open(_ record: borrowing RecordEditor) throws(ConnectorError) {
        let envelope = record.value
        let schema = envelope["schema"]
        guard envelope.kind == .object, envelope.count == 2, schema.exists, envelope["payload"].exists else {
            throw .rejected(
                "with schemas.enable a value is {\"schema\": …, \"payload\": …} and nothing more, but this is "
                    + "\(Self.describe(envelope)); set schemas.enable to false for plain JSON")
        }
        if schema.isNull { return record.setValue(copyOf: envelope["payload"]) }
        let ready: Schema
        do throws(SchemaFault) { ready = try schemas.schema(schema) } catch {
            throw .rejected(error.sentence("the schema"))
        }
        record.schema = ready
        record.setValue(copyOf: envelope["payload"])
        try fillDefaults(of: record, ready)
        do throws(SchemaFault) {
            try SchemaCheck(side: .payload).check(record.value, ready) { record.overwrite($0, with: $1) }
        } catch { throw .rejected(error.sentence("the payload")) }
    }

    private func fillDefaults(of record: borrowing RecordEditor, _ schema: Schema) throws(ConnectorError) {
        guard replacesNull, schema.hasDefaults else { return }
        do { try DefaultFiller.fill(record.value, schema, of: record) } catch {
            throw .rejected("the defaults of the schema do not fit into a batch: \(error)")
        }
    }

    private static func describe(_ value: borrowing Value) -> String {
        guard value.kind == .object else { return value.shown }
        var names: [String] = []
        value.forEachMember { name, _ in names.append(name.string ?? "") }
        return names.isEmpty
            ? "an empty object" : "an object with the fields \(names.prefix(8).joined(separator: ", "))"
    }
}
