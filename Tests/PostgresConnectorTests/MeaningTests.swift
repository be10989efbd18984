import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "Semantic types in PostgreSQL", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct MeaningTests {
    private let directory = TemporaryDirectory()

    private var folder: URL { URL(fileURLWithPath: directory.path) }

    struct Case: Sendable, CustomTestStringConvertible {
        /// The schema's type and name, the latter without its family for Debezium's.
        let type: String
        let name: String
        let json: String
        let column: String
        /// What the column has; nil when the record is rejected.
        let stored: String?
        /// More of the schema.
        let more: String

        init(
            _ type: String, _ name: String, _ json: String, _ column: String, _ stored: String?, _ more: String = ""
        ) {
            (self.type, self.name, self.json, self.column) = (type, name, json, column)
            (self.stored, self.more) = (stored, more)
        }

        var testDescription: String { "\(name) \(json) in \(column)" }

        var fullName: String {
            name.contains("kafka") ? name : name == "" ? "" : "io.debezium.\(name)"
        }

        var schema: String {
            let named = fullName.isEmpty ? "" : ",\"name\":\"\(fullName)\",\"version\":1"
            return "{\"type\":\"\(type)\",\"optional\":true,\"field\":\"v\"\(named)\(more)}"
        }
    }

    private static let connect = "org.apache.kafka.connect.data."
    private static let scaled =
        #","fields":[{"field":"scale","type":"int32"},{"field":"value","type":"bytes"}]"#
    private static let shape =
        #","fields":[{"field":"x","type":"double"},{"field":"y","type":"double"},{"field":"wkb","type":"bytes","optional":true},"#
        + #"{"field":"srid","type":"int32","optional":true}]"#
    private static let geometry =
        #","fields":[{"field":"wkb","type":"bytes"},{"field":"srid","type":"int32","optional":true}]"#
    private static let part =
        #"{"type":"struct","fields":[{"field":"a","type":"string","optional":true,"name":"io.debezium.data.Json"}]}"#
    private static let parts = """
        ,"fields":[{"field":"a","type":"string","optional":true,"name":"io.debezium.data.Json"},
        {"field":"b","type":"struct","optional":true,"name":"io.debezium.data.VariableScaleDecimal"\(scaled)},
        {"field":"c","type":"array","optional":true,"items":{"type":"struct","fields":[{"field":"b","type":"int64",
        "optional":true,"name":"io.debezium.time.MicroTimestamp"}]}},
        {"field":"d","type":"string","optional":true},
        {"field":"e","type":"int64","optional":true,"name":"io.debezium.time.Fortnight"}]
        """
    private static let point = "AQEAAAAAAAAAAADwPwAAAAAAAPC/"

    static let cases: [Case] = [
        Case("int32", connect + "Date", "20513", "date", "2026-03-01"),
        Case("int32", connect + "Date", "0", "timestamp", "1970-01-01 00:00:00"),
        Case("int32", connect + "Date", "1", "integer", "1"),
        Case("int32", connect + "Date", "1", "text", "1970-01-02"),
        Case("int32", connect + "Date", "1", "uuid", nil), Case("int32", connect + "Date", "1", "jsonb", "1"),
        Case("int32", connect + "Time", "45296789", "time", "12:34:56.789"),
        Case("int64", connect + "Timestamp", "-1", "timestamptz", "1969-12-31 23:59:59.999+00"),
        Case("int64", connect + "Timestamp", "86400000", "date", "1970-01-02"),
        Case("int64", connect + "Timestamp", "86400001", "date", nil),
        Case("int64", connect + "Timestamp", "\"2026-01-01\"", "timestamp", "2026-01-01 00:00:00"),
        Case("bytes", connect + "Decimal", "12.30", "numeric", "12.30", #","parameters":{"scale":"2"}"#),
        Case("bytes", connect + "Decimal", "12.30", "numeric(10,1)", "12.3", #","parameters":{"scale":"2"}"#),
        Case("bytes", connect + "Decimal", "12.34", "numeric(10,1)", nil, #","parameters":{"scale":"2"}"#),
        Case("int64", "time.MicroTimestamp", "1767225600123000", "timestamp(3)", "2026-01-01 00:00:00.123"),
        Case("int64", "time.MicroTimestamp", "1767225600123456", "timestamp(3)", nil),
        Case("int64", "time.MicroTime", "45296789012", "time(0)", nil),
        Case("bytes", connect + "Decimal", "12.30", "text", "12.30", #","parameters":{"scale":"2"}"#),
        Case("int32", connect + "Duration", "1", "integer", nil),
        Case("int32", "time.Date", "-719163", "date", "0001-12-31 BC"),
        Case("int32", "time.Time", "1", "time", "00:00:00.001"),
        Case("int64", "time.MicroTime", "45296789012", "time", "12:34:56.789012"),
        Case("int64", "time.MicroTime", "45296789012", "timetz", "12:34:56.789012+00"),
        Case("int64", "time.MicroTime", "45296789012", "bigint", "45296789012"),
        Case("int64", "time.MicroTime", "-1", "time", nil),
        Case("int64", "time.NanoTime", "45296789012000", "time", "12:34:56.789012"),
        Case("int64", "time.NanoTime", "45296789012001", "time", nil),
        Case("int64", "time.Timestamp", "1767225600123", "timestamp", "2026-01-01 00:00:00.123"),
        Case("int64", "time.MicroTimestamp", "1767225600123456", "timestamp", "2026-01-01 00:00:00.123456"),
        Case("int64", "time.MicroTimestamp", "1767225600123456", "timestamptz", "2026-01-01 00:00:00.123456+00"),
        Case("int64", "time.MicroTimestamp", "1767225600123456", "text", "2026-01-01T00:00:00.123456Z"),
        Case("int64", "time.MicroTimestamp", "-62135596800000001", "timestamp", "0001-12-31 23:59:59.999999 BC"),
        Case("int64", "time.MicroTimestamp", "9223372036825200000", "timestamp", "infinity"),
        Case("int64", "time.MicroTimestamp", "-9223372036832400000", "timestamptz", "-infinity"),
        Case("int64", "time.Timestamp", "9223372036854775807", "timestamp", nil),
        Case("int64", "time.NanoTimestamp", "1767225600123456000", "timestamp", "2026-01-01 00:00:00.123456"),
        Case("int64", "time.NanoTimestamp", "1767225600123456789", "timestamp", nil),
        Case(
            "string", "time.ZonedTimestamp", "\"2026-01-01T00:00:00.123456+05:00\"", "timestamptz",
            "2025-12-31 19:00:00.123456+00"),
        Case("string", "time.ZonedTimestamp", "\"2026-01-01T00:00:00+05:00\"", "timestamp", "2025-12-31 19:00:00"),
        Case("string", "time.ZonedTime", "\"10:00:00Z\"", "timetz", "10:00:00+00"),
        Case("string", "time.ZonedTime", "\"10:00:00+02:00\"", "time", "08:00:00"),
        Case("string", "time.IsoDate", "\"2026-01-01Z\"", "date", "2026-01-01"),
        Case("string", "time.IsoTime", "\"10:00:00.5Z\"", "time", "10:00:00.5"),
        Case("string", "time.IsoTimestamp", "\"2026-01-01T00:00:00Z\"", "timestamp", "2026-01-01 00:00:00"),
        Case("int32", "time.Year", "2026", "integer", "2026"), Case("int32", "time.Year", "2026", "date", "2026-01-01"),
        Case("int32", "time.Year", "2026", "interval", nil),
        Case("int64", "time.Year", "9223372036854775807", "date", nil),
        Case("int64", "time.Year", "-9223372036854775808", "date", nil),
        Case("string", "time.Interval", "\"P1Y2M3DT4H5M6.78S\"", "interval", "P1Y2M3DT4H5M6.78S"),
        Case("string", "time.Interval", "\"P1D\"", "date", nil),
        Case("int64", "time.MicroDuration", "-1500001", "interval", "PT-1.500001S"),
        Case("int64", "time.MicroDuration", "37091106000000", "interval", "PT10303H5M6S"),
        Case("int64", "time.MicroDuration", "5", "bigint", "5"),
        Case("int64", "time.NanoDuration", "1500", "interval", nil),
        Case("int64", "time.NanoDuration", "1501000", "interval", "PT0.001501S"),
        Case("string", "data.Json", #""{\"a\": [1, null]}""#, "jsonb", #"{"a": [1, null]}"#),
        Case("string", "data.Json", #""\"text\"""#, "jsonb", "\"text\""),
        Case("string", "data.Json", "\"null\"", "jsonb", "null"),
        Case("string", "data.Json", #""{\"a\":1}""#, "text", #"{"a":1}"#),
        Case("string", "data.Json", "\"no json\"", "json", nil),
        Case("string", "data.Xml", "\"<a/>\"", "xml", "<a/>"),
        Case(
            "string", "data.Uuid", "\"8400A4F0-0000-4000-8000-000000000001\"", "uuid",
            "8400a4f0-0000-4000-8000-000000000001"),
        Case("string", "data.Enum", "\"a\"", "text", "a"), Case("string", "data.EnumSet", "\"a,b\"", "text", "a,b"),
        Case("string", "data.EnumSet", "\"a,b\\\\\"", "text[]", #"{a,"b\\"}"#),
        Case("string", "data.EnumSet", "\"\"", "text[]", "{}"),
        Case("bytes", "data.Bits", "\"BQE=\"", "bit(9)", "100000101", #","parameters":{"length":"9"}"#),
        Case(
            "bytes", "data.Bits", "\"BQ==\"", "bit(8)", "00000101", #","parameters":{"length":"9223372036854775807"}"#),
        Case("bytes", "data.Bits", "\"BQ==\"", "varbit", "101", #","parameters":{"length":"3"}"#),
        Case("bytes", "data.Bits", "\"BQ==\"", "bytea", "\\x05", #","parameters":{"length":"3"}"#),
        Case("bytes", "data.Bits", "\"BQ==\"", "integer", "5", #","parameters":{"length":"3"}"#),
        Case("bytes", "data.Bits", "\"BQ==\"", "date", nil, #","parameters":{"length":"3"}"#),
        Case("struct", "data.VariableScaleDecimal", #"{"scale":3,"value":"AeJA"}"#, "numeric", "123.456", scaled),
        Case("struct", "data.VariableScaleDecimal", #"{"scale":-2,"value":"/w=="}"#, "numeric", "-100", scaled),
        Case("struct", "data.VariableScaleDecimal", #"{"scale":3,"value":"AeJA"}"#, "jsonb", "123.456", scaled),
        Case("struct", "data.VariableScaleDecimal", #"{"scale":3,"value":""}"#, "numeric", nil, scaled),
        Case(
            "struct", "data.geometry.Point", #"{"x":1.5,"y":-2.0,"wkb":null,"srid":null}"#, "point", "(1.5,-2)", shape),
        Case("struct", "data.geometry.Geometry", #"{"wkb":"\#(point)","srid":4326}"#, "point", "(1,-1)", geometry),
        Case(
            "struct", "data.geometry.Geometry", #"{"wkb":"\#(point)","srid":4326}"#, "bytea",
            "\\x0101000000000000000000f03f000000000000f0bf", geometry),
        Case("struct", "data.geometry.Geography", #"{"wkb":"\#(point)","srid":4326}"#, "polygon", nil, geometry),
        Case("string", "data.TsVector", "\"'a':1 'b'\"", "tsvector", "'a':1 'b'"),
        Case("string", "data.Ltree", "\"a.b\"", "text", "a.b"),
        Case("array", "data.DoubleVector", "[1.5,2]", "double precision[]", "{1.5,2}", #","items":{"type":"double"}"#),
        Case(
            "array", "", "[1767225600123456,null]", "timestamp[]", #"{"2026-01-01 00:00:00.123456",NULL}"#,
            #","items":{"type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp"}"#),
        Case(
            "array", "", #"["{\"a\":1}",null]"#, "jsonb[]", #"{"{\"a\": 1}","null"}"#,
            #","items":{"type":"string","optional":true,"name":"io.debezium.data.Json"}"#),
        Case(
            "struct", "", #"{"a":"{\"x\": [1]}","b":{"scale":2,"value":"MDk="},"c":[{"b":null}],"d":"a"}"#, "jsonb",
            #"{"a": {"x": [1]}, "b": 123.45, "c": [{"b": null}], "d": "a"}"#, parts),
        Case("array", "", #"[{"a":"\"t\""},{"a":null}]"#, "jsonb", #"[{"a": "t"}, {"a": null}]"#, ",\"items\":\(part)"),
        Case("array", "", #"[{"a":"[2]"}]"#, "jsonb[]", #"{"{\"a\": [2]}"}"#, ",\"items\":\(part)"),
        Case("struct", "Envelope", #"{"a":"1,\"b\":2"}"#, "jsonb", nil, parts),
        Case("struct", "Envelope", #"{"e":1}"#, "jsonb", nil, parts),
        Case("int64", "time.Fortnight", "1", "bigint", nil),
        Case("string", "time.MicroTimestamp", "\"x\"", "text", nil),
        Case("double", "", "\"NaN\"", "double precision", "NaN"),
        Case("float", "", "\"-Infinity\"", "real", "-Infinity"),
        Case("double", "", "\"Infinity\"", "numeric", "Infinity"),
    ]

    @Test("are converted to what the column holds exactly, or rejected by their name", arguments: cases)
    func converts(_ given: Case) async throws {
        let database = try Database()
        try database.run("SET timezone TO 'UTC'; SET intervalstyle TO 'iso_8601'; CREATE TABLE t (v \(given.column))")
        let run = try await SinkRun(database)
        let schema = "{\"type\":\"struct\",\"fields\":[\(given.schema)]}"
        let report = try await run.put(["{\"v\":\(given.json)}", "{\"v\":null}"], schema: schema)
        try await run.flush()
        let messages = report.rejections.map(\.error.message)
        #expect(report.rejections.map(\.recordIndex) == (given.stored == nil ? [0] : []), "\(messages)")
        #expect(
            try database.run("SELECT v::text FROM t ORDER BY v IS NULL") == (given.stored.map { [[$0]] } ?? []) + [
                [nil]
            ])
        if given.stored == nil, !given.json.contains("no json"), given.name != "Envelope", !given.column.hasSuffix(")")
        {
            #expect(messages.first?.contains(given.fullName) == true, "\(messages)")
        }
    }

    @Test("settle the types of new columns, which hold their values")
    func creates() async throws {
        let database = try Database()
        try database.run("SET timezone TO 'UTC'")
        let run = try await SinkRun(
            database, "\"auto.create\":true,\"flatten.delimiter\":\"_\",\"pk.mode\":\"record_key\",\"pk.fields\":\"id\""
        )
        let fields = [
            #"{"field":"a","type":"int64","name":"io.debezium.time.MicroTimestamp"}"#,
            #"{"field":"b","type":"struct","name":"io.debezium.data.VariableScaleDecimal"\#(Self.scaled)}"#,
            #"{"field":"c","type":"string","name":"io.debezium.data.Json"}"#,
            #"{"field":"d","type":"string","name":"io.debezium.time.ZonedTimestamp"}"#,
            #"{"field":"e","type":"int64","name":"io.debezium.time.MicroTime"}"#,
            #"{"field":"f","type":"string","name":"io.debezium.data.Uuid"}"#,
        ].joined(separator: ",")
        let value =
            #"{"a":1767225600123456,"b":{"scale":1,"value":"BQ=="},"c":"[1]","d":"2026-01-01T00:00:00Z","e":1,"#
            + #""f":"8400a4f0-0000-4000-8000-000000000001"}"#
        let report = try await run.put([value], keys: ["7"], schema: "{\"type\":\"struct\",\"fields\":[\(fields)]}")
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(
            try database.run(
                "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 1 ORDER BY attnum"
            )
            .map { $0[0] } == [
                "timestamp without time zone", "numeric", "jsonb", "timestamp with time zone", "time without time zone",
                "uuid",
            ])
        #expect(
            try database.run("SELECT a, b, c, d, e FROM t") == [
                ["2026-01-01 00:00:00.123456", "0.5", "[1]", "2026-01-01 00:00:00+00", "00:00:00.000001"]
            ])
    }

    @Test("JSON null and NULL are told apart from table to table, and by the column without a schema")
    func nulls() async throws {
        let database = try Database()
        try database.run(
            """
            CREATE DOMAIN document AS jsonb;
            CREATE TABLE s (id int, a jsonb, b json, c jsonb[], d text);
            INSERT INTO s VALUES (1, 'null', ' null ', ARRAY['null'::jsonb, '1'], 'x'), (2, NULL, NULL, NULL, NULL),
              (3, 'null', NULL, NULL, NULL), (4, '{"a": null}', 'null', NULL, NULL), (5, '"null"', '"x"', NULL, 'null');
            CREATE TABLE t (LIKE s); CREATE TABLE u (id int, a jsonb NOT NULL, b document NOT NULL DEFAULT '1', c json)
            """)
        try Data(
            """
            { "name": "copy", "source": { "connector": "postgres", "connection.url": "\(database.url)", "mode": "bulk", "table.whitelist": "s" },
              "sinks": [ { "connector": "postgres", "connection.url": "\(database.url)", "table.name.format": "t" } ] }
            """.utf8
        ).write(to: folder.appendingPathComponent("copy.json"))
        let copied = try SluiceProcess.run(["run", "copy.json", "--once"], in: folder)
        #expect(copied.status == 0, "\(copied.errors)")
        let query = "SELECT id, a::text, b::text, c::text, d FROM"
        let expected = try database.run("\(query) s ORDER BY id").map { row in
            row.map { $0 == " null " ? "null" : $0 }
        }
        #expect(try database.run("\(query) t ORDER BY id") == expected)
        let other = try await SinkRun(database, "\"table.name.format\":\"u\"", pipeline: "other")
        let report = try await other.put([
            "{\"id\":1,\"a\":null,\"b\":null,\"c\":null}", "{\"id\":2,\"a\":[null],\"c\":{\"x\":null}}",
        ])
        #expect(report.rejections.map(\.error.message) == [])
        try await other.flush()
        #expect(
            try database.run("SELECT id, a::text, b::text, c::text FROM u ORDER BY id") == [
                ["1", "null", "null", nil], ["2", "[null]", "1", "{\"x\":null}"],
            ])
    }
}
