import ConnectorKit
import Testing

/// A field that has another name or another type must not be read by the schema of what it was.
@Suite("Schemas behind transforms")
struct SchemaEditTests {
    private static let time = Schema(.int64, name: "io.debezium.time.MicroTimestamp", version: 1)
    private static let inner = Schema(.structure([SchemaField("at", time), SchemaField("b", Schema(.string))]))
    private static let schema = Schema(
        .structure([SchemaField("at", time), SchemaField("n", Schema(.int32)), SchemaField("o", inner)]), name: "row")

    /// The meanings of fields behind a transform, by their paths; of the same records twice, whose schema is then the same.
    private func meanings(_ type: String, _ config: String, onKey: Bool = false) throws -> [String: SchemaMeaning] {
        var batch = RecordBatch()
        for _ in 0..<2 {
            try batch.append { object in
                object.add("at", 1_767_225_600_123_456)
                object.add("n", 1)
                object.object("o") { inner in
                    inner.add("at", 1)
                    inner.add("b", "x")
                }
            }
        }
        try batch.edit { record in
            if onKey { record.setKey(copyOf: record.value) }
            if onKey { record.keySchema = Self.schema } else { record.schema = Self.schema }
            return true
        }
        try makeTransform(type, config).apply(to: &batch)
        #expect(batch.rejections.isEmpty)
        let schemas = (0..<2).map { onKey ? batch[$0].keySchema : batch[$0].schema }
        #expect(schemas[0] === schemas[1] && schemas[0]?.name == "row")
        var found: [String: SchemaMeaning] = [:]
        for field in schemas[0]?.fields ?? [] {
            found[field.name] = field.schema.meaning
            for below in field.schema.fields { found["\(field.name).\(below.name)"] = below.schema.meaning }
        }
        return found
    }

    @Test("ReplaceField renames fields of the schema too")
    func renames() throws {
        let micro = SchemaMeaning.timestamp(perSecond: 1_000_000)
        #expect(
            try meanings("ReplaceField", #"{"renames":"at:n,n:at"}"#) == [
                "n": micro, "at": .plain, "o": .plain, "o.at": micro, "o.b": .plain,
            ])
        #expect(
            try meanings("ReplaceField$Key", #"{"renames":"o.at:b,at:t","field.syntax.version":"V2"}"#, onKey: true)
                == [
                    "t": micro, "n": .plain, "o": .plain, "o.b": micro,
                ])
    }

    @Test("What Cast and InsertField write is no longer what the field was")
    func replaced() throws {
        #expect(try meanings("Cast", #"{"spec":"at:string"}"#)["at"] == .plain)
        #expect(
            try meanings("Cast", #"{"spec":"o.at:int64","field.syntax.version":"V2"}"#)["o.at"] == .plain)
        let inserted = try meanings("InsertField", #"{"static.field":"at","static.value":"x"}"#)
        #expect(inserted["at"] == nil && inserted["n"] == .plain)
    }
}
