import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite("Semantic types in MongoDB", .timeLimit(.minutes(15)))
struct MeaningTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let name: String
        let json: String
        /// Extended JSON; nil when the record is rejected.
        let stored: String?
        /// More of the schema.
        let more: String

        init(_ type: String, _ name: String, _ json: String, _ stored: String?, _ more: String = "") {
            (self.type, self.json, self.stored, self.more) = (type, json, stored, more)
            self.name = name.isEmpty || name.contains("kafka") ? name : "io.debezium.\(name)"
        }

        var testDescription: String { "\(name) \(json)" }

        var schema: String {
            let named = name.isEmpty ? "" : ",\"name\":\"\(name)\",\"version\":1"
            return "{\"type\":\"\(type)\",\"optional\":true,\"field\":\"v\"\(named)\(more)}"
        }
    }

    private static let connect = "org.apache.kafka.connect.data."
    private static let scaled = #","fields":[{"field":"scale","type":"int32"},{"field":"value","type":"bytes"}]"#
    private static func date(_ milliseconds: Int64) -> String {
        "{ \"$date\" : { \"$numberLong\" : \"\(milliseconds)\" } }"
    }
    private static func decimal(_ number: String) -> String { "{ \"$numberDecimal\" : \"\(number)\" }" }

    static let cases: [Case] = [
        Case("int32", connect + "Date", "20513", date(1_772_323_200_000)),
        Case("int32", connect + "Time", "1", date(1)),
        Case("int64", connect + "Timestamp", "-1", date(-1)),
        Case("bytes", connect + "Decimal", "12.30", decimal("12.30"), #","parameters":{"scale":"2"}"#),
        Case(
            "bytes", connect + "Decimal", "12345678901234567890123456789012345.6", nil, #","parameters":{"scale":"1"}"#),
        Case("int32", connect + "Duration", "1", nil), Case("int32", "time.Date", "-1", date(-86_400_000)),
        Case("int64", "time.MicroTime", "1000", date(1)), Case("int64", "time.MicroTime", "1001", nil),
        Case("int64", "time.NanoTime", "1000000", date(1)),
        Case("int64", "time.Timestamp", "1767225600123", date(1_767_225_600_123)),
        Case("int64", "time.MicroTimestamp", "1767225600123000", date(1_767_225_600_123)),
        Case("int64", "time.MicroTimestamp", "1767225600123456", nil),
        Case("int64", "time.MicroTimestamp", "-1000", date(-1)),
        Case("int64", "time.NanoTimestamp", "1767225600123000000", date(1_767_225_600_123)),
        Case("int64", "time.NanoTimestamp", "1", nil),
        Case("string", "time.ZonedTimestamp", "\"2026-01-01T00:00:00.123+05:00\"", date(1_767_207_600_123)),
        Case("string", "time.ZonedTimestamp", "\"2026-01-01T00:00:00.123000Z\"", date(1_767_225_600_123)),
        Case("string", "time.ZonedTimestamp", "\"2026-01-01T00:00:00.123456Z\"", nil),
        Case("string", "time.IsoDate", "\"1970-01-02Z\"", date(86_400_000)),
        Case("string", "time.ZonedTime", "\"10:00:00Z\"", "\"10:00:00Z\""),
        Case("int32", "time.Year", "2026", "{ \"$numberInt\" : \"2026\" }"),
        Case("string", "time.Interval", "\"P1D\"", "\"P1D\""),
        Case("int64", "time.MicroDuration", "5", "{ \"$numberLong\" : \"5\" }"),
        Case(
            "string", "data.Json", #""{\"a\":[1,null,\"x\"]}""#,
            "{ \"a\" : [ { \"$numberLong\" : \"1\" }, null, \"x\" ] }"),
        Case("string", "data.Json", "\"null\"", "null"), Case("string", "data.Json", "\"no json\"", nil),
        Case(
            "string", "data.Uuid", "\"00112233-4455-6677-8899-aabbccddeeff\"",
            "{ \"$binary\" : { \"base64\" : \"ABEiM0RVZneImaq7zN3u/w==\", \"subType\" : \"04\" } }"),
        Case("string", "data.Uuid", "\"x\"", nil), Case("string", "data.EnumSet", "\"a,b\"", "\"a,b\""),
        Case("string", "data.Xml", "\"<a/>\"", "\"<a/>\""),
        Case(
            "bytes", "data.Bits", "\"BQ==\"", "{ \"$binary\" : { \"base64\" : \"BQ==\", \"subType\" : \"00\" } }",
            #","parameters":{"length":"3"}"#),
        Case("struct", "data.VariableScaleDecimal", #"{"scale":3,"value":"AeJA"}"#, decimal("123.456"), scaled),
        Case("array", "", "[1]", "[ \(date(1)) ]", #","items":{"type":"int64","name":"io.debezium.time.Timestamp"}"#),
        Case(
            "struct", "", #"{"at":1,"n":5}"#, "{ \"at\" : \(date(1)), \"n\" : { \"$numberInt\" : \"5\" } }",
            #","fields":[{"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp"},{"field":"n","type":"int16"}]"#
        ),
        Case(
            "map", "", #"{"k":1}"#, "{ \"k\" : \(date(1)) }",
            #","keys":{"type":"string"},"values":{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}"#),
        Case("double", "", "5", "{ \"$numberDouble\" : \"5.0\" }"),
        Case("double", "", "\"NaN\"", "{ \"$numberDouble\" : \"NaN\" }"),
        Case("float", "", "\"-Infinity\"", "{ \"$numberDouble\" : \"-Infinity\" }"),
        Case("string", "", "\"NaN\"", "\"NaN\""),
        Case("int64", "", "5", "{ \"$numberLong\" : \"5\" }"),
        Case("int64", connect + "Timestamp", "\"text\"", "\"text\""),
        Case("int64", "time.Fortnight", "1", nil),
    ]

    @Test("are stored as BSON has them, exactly, or rejected by their name", arguments: cases)
    func stores(_ given: Case) throws {
        var batch = RecordBatch()
        let bytes = Array(
            "{\"schema\":{\"type\":\"struct\",\"fields\":[\(given.schema)]},\"value\":{\"v\":\(given.json)}}".utf8)
        let text = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        _ = try reader.read(text, as: .single, into: &batch)
        try batch.edit(at: 0) { record in
            let schema = record.record["schema"]
            record.setValue(copyOf: record.record["value"])
            try record.take(schema: schema)
        }
        var encoder = DocumentEncoder(rules: FieldRules([:]))
        let document = encoder.out.open()
        do {
            _ = try encoder.addFields(of: batch[0].value, batch[0].schema)
            encoder.out.close(document)
            let stored = extendedJSON(encoder.out.array())
            #expect(stored == "{ \"v\" : \(given.stored ?? "rejected") }")
        } catch let fault as ValueFault {
            #expect(given.stored == nil, "\(fault.rejection.message)")
            if !given.json.contains("\"x\"") && !given.name.hasSuffix("Decimal") {
                #expect(fault.rejection.message.contains(given.name))
            }
        }
    }

    @Test("Without a rule a null takes its place, and field.types go before the schema")
    func rules() throws {
        let schema = Schema(
            .structure([
                SchemaField("a", Schema(.int64, name: "io.debezium.time.MicroTimestamp")),
                SchemaField("b", Schema(.int64, isOptional: true, name: "io.debezium.time.MicroTimestamp")),
            ]))
        var batch = RecordBatch()
        try batch.append {
            $0.add("a", 1_767_225_600_123_456)
            $0.add("b", JSONNull())
        }
        var encoder = DocumentEncoder(rules: FieldRules(["a": .int64]))
        let document = encoder.out.open()
        _ = try encoder.addFields(of: batch[0].value, schema)
        encoder.out.close(document)
        #expect(
            extendedJSON(encoder.out.array()) == "{ \"a\" : { \"$numberLong\" : \"1767225600123456\" }, \"b\" : null }")
    }
}
