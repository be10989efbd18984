import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "Texts for dates and times", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct CalendarTests {
    private static let types = """
        CREATE DOMAIN moment AS timestamp; CREATE DOMAIN moments AS moment[]; CREATE TYPE clocks AS RANGE (subtype = time);
        CREATE TYPE event AS (label text, at timestamp, span tsrange); CREATE DOMAIN named AS event;
        CREATE TYPE nested AS (e event, days date[])
        """

    /// What a column of a type then has; each is what an independent client finds.
    private func stored(_ type: String, _ texts: [String]) async throws -> (rows: [String?], messages: [String]) {
        let database = try Database()
        try database.run("SET timezone TO 'UTC'; SET intervalstyle TO 'iso_8601'; \(Self.types)")
        try database.run("CREATE TABLE t (id int, v \(type))")
        let run = try await SinkRun(database)
        let report = try await run.put(
            texts.enumerated().map {
                "{\"id\":\($0.offset),\"v\":\($0.element.hasPrefix("[\"") ? $0.element : $0.element.jsonQuoted)}"
            })
        try await run.flush()
        return (
            try database.run("SELECT v::text FROM t ORDER BY id").map { $0[0] }, report.rejections.map(\.error.message)
        )
    }

    static let converted: [(type: String, text: String, stored: String)] = [
        ("timestamp", "2026-01-01T00:00:00+05:00", "2025-12-31 19:00:00"),
        ("timestamp", "2026-01-01T00:00:00-05:30", "2026-01-01 05:30:00"),
        ("timestamp", "2026-01-01T00:00:00.123456Z", "2026-01-01 00:00:00.123456"),
        ("timestamp", " 2026-01-01 00:00:00 utc ", "2026-01-01 00:00:00"),
        ("timestamp", "2026-01-01 00:00:00.5+0530", "2025-12-31 18:30:00.5"),
        ("timestamp", "2024-02-29T23:30-01", "2024-03-01 00:30:00"),
        ("timestamp", "2026-01-01Z", "2026-01-01 00:00:00"),
        ("timestamp", "2026-01-01 00:00:00+01:00:30", "2025-12-31 22:59:30"),
        ("timestamp", "0001-01-01 00:00:00+01 BC", "0002-12-31 23:00:00 BC"),
        ("timestamp", "0001-01-01 00:00:00+01", "0001-12-31 23:00:00 BC"),
        ("timestamp", "2026-01-01T24:00:00z", "2026-01-02 00:00:00"),
        ("timestamp", "2026-01-01 10:00", "2026-01-01 10:00:00"),
        ("timestamp", "2026-01-01T00:00:00.12345600+00", "2026-01-01 00:00:00.123456"),
        ("timestamptz", "2026-01-01T00:00:00.123456000Z", "2026-01-01 00:00:00.123456+00"),
        ("tsrange", #"["2026-01-01T00:00:00+05:00","2026-01-02"]"#, #"["2025-12-31 19:00:00","2026-01-02 00:00:00"]"#),
        ("timestamp", "Jan 5 2026 10:00 PM", "2026-01-05 22:00:00"),
        ("timestamp", "infinity", "infinity"), ("timestamp", " -Infinity", "-infinity"),
        ("timestamp", "EPOCH", "1970-01-01 00:00:00"), ("timestamptz", "epoch", "1970-01-01 00:00:00+00"),
        ("timestamptz", "2026-01-01T00:00:00+05:00", "2025-12-31 19:00:00+00"),
        ("timestamptz", "2026-01-01 00:00:00 Europe/Berlin", "2025-12-31 23:00:00+00"),
        ("date", "2026-01-01T00:00:00Z", "2026-01-01"), ("date", "2026-01-01T05:00:00.000+05:00", "2026-01-01"),
        ("date", "2026-01-01", "2026-01-01"), ("date", "infinity", "infinity"),
        ("date", "January 8, 1999", "1999-01-08"),
        ("time", "10:00:00.5+05:00", "05:00:00.5"), ("time", "01:00+02", "23:00:00"), ("time", "10:00Z", "10:00:00"),
        ("time", "10:00 PM", "22:00:00"), ("timetz", "10:00:00+05", "10:00:00+05"),
        ("moment", "2026-01-01T00:00:00+05:00", "2025-12-31 19:00:00"),
        (
            "timestamp[]", #"["2026-01-01T00:00:00+05:00","2026-01-01"]"#,
            #"{"2025-12-31 19:00:00","2026-01-01 00:00:00"}"#
        ),
        ("timestamp[]", #"{2026-01-01T00:00:00+05:00,NULL,"infinity"}"#, #"{"2025-12-31 19:00:00",NULL,infinity}"#),
        (
            "timestamp[]", "[0:1][0:0]={{2026-01-01 00:00Z},{2026-01-02}}",
            #"[0:1][0:0]={{"2026-01-01 00:00:00"},{"2026-01-02 00:00:00"}}"#
        ),
        ("moments", #"["2026-01-01T00:00:00+05:00"]"#, #"{"2025-12-31 19:00:00"}"#),
        ("tsrange", "[2026-01-01T00:00:00+05:00,)", #"["2025-12-31 19:00:00",)"#),
        ("tsrange", #"("2026-01-01 00:00:00+05", infinity]"#, #"("2025-12-31 19:00:00",infinity]"#),
        ("tsrange", "empty", "empty"),
        ("tsmultirange", "{[2026-01-01T00:00Z,2026-01-02T00:00-01:00),[infinity,]}", ""),
        ("tstzrange", "[2026-01-01T00:00:00+05:00,)", #"["2025-12-31 19:00:00+00",)"#),
        ("clocks", "[01:00+02,23:30]", "[23:00:00,23:30:00]"),
        ("tsrange[]", #"["[2026-01-01T00:00:00+05:00,)"]"#, #"{"[\"2025-12-31 19:00:00\",)"}"#),
        (
            "event", #"("now, today",2026-01-01T00:00:00+05:00,"[2026-01-01T00:00Z,)")"#,
            #"("now, today","2025-12-31 19:00:00","[""2026-01-01 00:00:00"",)")"#
        ),
        ("named", "(now,,)", "(now,,)"), ("text", "tomorrow 10:00+05", "tomorrow 10:00+05"),
        (
            "nested", #"("(a,2026-01-01T00:00:00+05:00,)","{2026-01-01}")"#,
            #"("(a,""2025-12-31 19:00:00"",)",{2026-01-01})"#
        ),
    ]

    @Test("are written in UTC where the column has no time zone", arguments: converted)
    func converts(_ type: String, _ text: String, _ stored: String) async throws {
        let found = try await self.stored(type, [text])
        #expect(found.messages == [])
        if !stored.isEmpty { #expect(found.rows == [stored]) } else { #expect(found.rows.count == 1) }
    }

    static let words = ["now", "today", "tomorrow", "yesterday", "allballs"]
    private static let spellings = ["%@", " %@\t", "%@ 10:00", "(%@)"]

    @Test(
        "Words for the time at which they are read are rejected everywhere, in every spelling",
        arguments: [
            "timestamp", "timestamptz", "date", "time", "timetz", "moment", "timestamp(0)", "timestamp[]", "moments",
            "daterange",
            "tsrange", "tstzrange", "datemultirange", "clocks", "tsrange[]", "event", "nested",
        ])
    func relative(_ type: String) async throws {
        var texts: [String] = []
        for word in Self.words {
            for form in [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] {
                switch type {
                case "timestamp[]", "moments":
                    texts += [
                        "{\(form)}", "{2026-01-01,\" \(form) \"}", "[\"\(form)\"]", "{n\\ow}", "[\" \(form) 10:00\"]",
                    ]
                case "daterange", "tsrange", "tstzrange", "clocks":
                    texts += ["[\(form),]", "(, \(form) )", "( \"\(form)\",]", "(\"infinity\",\\\(form))"]
                case "datemultirange": texts += ["{[\(form),]}", "{[2026-01-01,2026-01-02), [ \"\(form)\",)}"]
                case "tsrange[]": texts += ["{\"[\(form),)\"}", "[\"[\(form),)\"]"]
                case "event": texts += ["(a,\(form),)", "(,\" \(form)\",)", "(,,\"[\(form),)\")"]
                case "nested": texts += ["(\"(a,\(form),)\",)", "(,\"{\(form)}\")", "(,{\(form)})"]
                default: texts += [form, " \(form)\t", "\(form) 10:00", ",\(form)"]
                }
            }
        }
        let found = try await stored(type, texts)
        #expect(found.rows == [] && found.messages.count == texts.count)
        for (text, message) in zip(texts, found.messages) where !text.contains("\\ow") {
            #expect(message.contains("tomorrow, yesterday and allballs"), "\(text): \(message)")
        }
    }

    @Test(
        "A number for a date or time is whole",
        arguments: [
            ("time", "120000.5"), ("time", "120000.0"), ("timestamp", "1.5"), ("date", "0.5"), ("timestamptz", "1e30"),
        ])
    func fractions(_ type: String, _ number: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id int, v \(type))")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1,\"v\":\(number)}", "{\"id\":2,\"v\":0}"])
        try await run.flush()
        #expect(report.rejections.map(\.recordIndex) == [0])
        #expect(report.rejections.first?.error.message.contains("column v ") == true)
        #expect(try database.run("SELECT id FROM t") == [["2"]])
    }

    @Test(
        "What a column would round is rejected",
        arguments: [
            ("numeric(10,2)", "12.34", "12.340", "12.345"), ("numeric(10,2)", "1e-2", "-120e-2", "1e-3"),
            ("numeric(10,2)", "\"0.10\"", "\"1.5e1\"", "\"0.101\""), ("numeric(5,0)", "7", "7.0", "7.5"),
            ("numeric(3,5)", "0.00123", "123e-5", "0.001234"), ("price", "1.5", "2", "1.55"),
            ("numeric(10,2)[]", "[1.25]", "[null]", "[1.255]"),
            ("timestamp(1)", "\"2026.12.31\"", "\"2026.12.31 10:00\"", "\"2026.12.31 10:00:00.25\""),
            ("timestamp(0)", "1000", "\"2026-01-01T00:00:00.0Z\"", "1"),
            ("timestamptz(3)", "1", "\"2026-01-01T00:00:00.123000+05:00\"", "\"2026-01-01T00:00:00.1234+05:00\""),
            ("time(1)", "\"10:00:00.5\"", "100", "\"10:00:00.55\""), ("numeric", "1.23456", "1e-9", ""),
        ])
    func rounding(_ type: String, _ first: String, _ second: String, _ refused: String) async throws {
        let database = try Database()
        try database.run("CREATE DOMAIN price AS numeric(6,1); CREATE TABLE t (id int, v \(type))")
        let run = try await SinkRun(database)
        let values = [first, second, refused].filter { !$0.isEmpty }
        let report = try await run.put(values.enumerated().map { "{\"id\":\($0.offset),\"v\":\($0.element)}" })
        try await run.flush()
        #expect(report.rejections.map(\.recordIndex) == (refused.isEmpty ? [] : [2]))
        #expect(report.rejections.allSatisfy { $0.error.message.contains("column v has") })
        #expect(try database.run("SELECT count(*) FROM t") == [["2"]])
    }

    @Test(
        "A text without a time zone is UTC, and one in figures has year, month and day, whatever the database is set to"
    )
    func settings() async throws {
        let database = try Database()
        try database.run(
            "ALTER DATABASE \"\(database.name)\" SET timezone TO 'Europe/Berlin'; "
                + "ALTER DATABASE \"\(database.name)\" SET datestyle TO 'SQL, DMY'; CREATE TABLE t (v timestamptz, w timetz, d date)"
        )
        let run = try await SinkRun(database)
        let report = try await run.put([#"{"v":"2026-01-01T12:00:00","w":"12:00:00","d":"26/03/04"}"#])
        try await run.flush()
        #expect(report.rejections.isEmpty)
        try database.run("SET timezone TO 'UTC'; SET datestyle TO 'ISO'")
        #expect(
            try database.run("SET timezone TO 'UTC'; SET datestyle TO 'ISO'; SELECT v, w, d FROM t")
                == [["2026-01-01 12:00:00+00", "12:00:00+00", "2026-03-04"]])
    }

    @Test(
        "What a type does not hold is rejected and not dropped",
        arguments: [
            ("timestamp", "2026-01-01 00:00:00 Europe/Berlin"), ("timestamp", "2026-01-01 00:00:00 PST"),
            ("timestamp", "Jan 5 2026 10:00 +05"), ("timestamp", "20260101T000000-0500"),
            ("timestamp[]", "{2026-01-01 00:00:00 CET}"), ("date", "2026-01-01T00:00:00+05:00"),
            ("date", "2026-01-01T10:00:00"),
            ("date", "2026-01-01 00:00:00.001"), ("time", "2026-01-01T10:00:00Z"), ("time", "10:00 PST"),
            ("timestamp", "2026-01-01T00:00:00.1234567"), ("timestamptz", "2026-12-31T23:59:59.9999999Z"),
            ("timestamp", "2026-01-01T00:00:00.0000001+05:00"), ("time", "00:00:00.1234567"),
            ("timestamp[]", "{2026-01-01 00:00:00.1234567}"), ("tsrange", "[2026-01-01 00:00:00.1234567,)"),
            ("tsrange", #"["now","tomorrow"]"#), ("tsrange", #"["2026-01-01 00:00 MST","infinity"]"#),
            ("timestamp", #"["now"]"#), ("date", #"["2026-01-01"]"#), ("time", #"["10:00"]"#),
            ("timestamptz", #"["today"]"#), ("tsrange", "[2026-01-01 00:00 MST,)"),
            ("event", "(a,\"2026-01-01 00:00 PST\",)"),
        ])
    func refused(_ type: String, _ text: String) async throws {
        let found = try await stored(type, [text])
        #expect(found.rows == [] && found.messages.count == 1)
        #expect(found.messages.first?.contains("column v ") == true, "\(found.messages)")
    }
}
