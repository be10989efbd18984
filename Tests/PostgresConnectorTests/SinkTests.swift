import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL sink", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SinkTests {
    static let typed: [(type: String, json: String, text: String?)] = [
        ("bigint", "9223372036854775807", "9223372036854775807"),
        ("bigint", "-9223372036854775808", "-9223372036854775808"),
        ("numeric", "1234567890123456789012345678901234567890.00100", "1234567890123456789012345678901234567890.00100"),
        ("numeric", "-1E-30", "-0.000000000000000000000000000001"),
        ("double precision", "0.1", "0.1"), ("double precision", "1e308", "1e+308"),
        ("boolean", "true", "true"), ("boolean", "false", "false"),
        ("text", "\"a\\tb\\nc\\rd\\\\e\\\"f\\\\N\"", "a\tb\nc\rd\\e\"f\\N"),
        ("text", "\"\"", ""), ("text", "\"\\\\.\"", "\\."), ("text", "\"ü€😀\\ud83d\\ude00\\u0001\"", "ü€😀😀\u{1}"),
        ("text", "{\"a\":\"x\\ty\"}", "{\"a\":\"x\\ty\"}"), ("text", "1.50", "1.50"), ("text", "true", "true"),
        ("text", "null", nil), ("jsonb", "null", nil),
        ("jsonb", "{\"a\":[1,2.50,null,\"x\\\\\\n\\\"\"]}", "{\"a\": [1, 2.50, null, \"x\\\\\\n\\\"\"]}"),
        ("jsonb", "\"text\"", "\"text\""), ("json", "{\"b\" : 1}", "{\"b\" : 1}"),
        ("uuid", "\"8400A4F0-0000-4000-8000-000000000001\"", "8400a4f0-0000-4000-8000-000000000001"),
        ("timestamptz", "\"2026-01-02T03:04:05.123456+02:00\"", "2026-01-02 01:04:05.123456+00"),
        ("text[]", "[\"a,b\",\"c\\\"d\\\\e\",null,\"\",\"NULL\"]", "{\"a,b\",\"c\\\"d\\\\e\",NULL,\"\",\"NULL\"}"),
        ("bigint[]", "[[1,2],[3,4]]", "{{1,2},{3,4}}"), ("jsonb[]", "[{\"a\":\"x\"}]", "{\"{\\\"a\\\": \\\"x\\\"}\"}"),
    ]

    @Test("Every type comes back exactly", arguments: typed)
    func types(_ type: String, _ json: String, _ text: String?) async throws {
        let database = try Database()
        try database.run("SET timezone TO UTC; CREATE TABLE t (id bigint, v \(type))")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1,\"v\":\(json)}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.value("SELECT v::text FROM t WHERE id = 1") == text)
        #expect(try database.value("SELECT count(*) FROM t") == "1")
    }

    @Test("A value of a megabyte and a thousand rows arrive whole")
    func large() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true")
        let text = String(repeating: "x\\n", count: 1 << 19)
        try await run.put(["{\"id\":0,\"v\":\"\(text)\"}"] + (1..<1000).map { "{\"id\":\($0),\"v\":\"v\($0)\"}" })
        try await run.flush()
        #expect(try database.value("SELECT length(v) FROM t WHERE id = 0") == String(1 << 20))
        #expect(try database.value("SELECT sum(id) FROM t") == "499500")
    }

    static let refused = [
        "{\"id\":5,\"v\":\"a\\u0000b\"}", "{\"id\":5,\"j\":{\"a\":\"\\u0000\"}}", "{\"id\":\"five\"}",
        "{\"id\":9223372036854775808}", "{\"id\":2.5}", "{\"id\":-1}", "{\"id\":3}", "{\"id\":null}", "[1]", "null",
        "{\"id\":5,\"w\":1}", "{}", "{\"id\":5,\"j\":1e999999}",
    ]

    @Test("A bad row is rejected alone, whatever is wrong with it", arguments: refused, [InsertMode.insert, .upsert])
    func refuses(_ bad: String, _ mode: InsertMode) async throws {
        if mode == .upsert && bad == "{\"id\":3}" { return }
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint PRIMARY KEY CHECK (id >= 0), v text, j jsonb)")
        let run = try await SinkRun(
            database, "\"insert.mode\":\"\(mode.rawValue)\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
        let good = (100..<120).map { "{\"id\":\($0),\"v\":\"x\"}" }
        let report = try await run.put(["{\"id\":3}"] + good + [bad] + ["{\"id\":200}"])
        #expect(report.rejections.map(\.recordIndex) == [21])
        #expect(report.rejections.allSatisfy { $0.error.kind == .rejected })
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "22")
    }

    @Test("Upsert writes the last value of a key, and leaves absent fields alone")
    func upserts() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE t (id bigint PRIMARY KEY, a text, b text, mine text); INSERT INTO t VALUES (1,'x','y','z')")
        let run = try await SinkRun(
            database, "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
        try await run.put([
            "{\"id\":1,\"a\":\"a1\"}", "{\"id\":2,\"a\":\"a2\",\"b\":\"b2\"}", "{\"id\":2,\"a\":\"a3\",\"b\":\"b3\"}",
            "{\"id\":2,\"b\":null}", "{\"id\":3}",
        ])
        try await run.put(["{\"id\":3,\"a\":\"last\"}", "{\"id\":1.0,\"b\":\"again\"}"])
        try await run.flush()
        #expect(
            try database.run("SELECT id, a, b, mine FROM t ORDER BY id")
                == [["1", "a1", "y", "z"], ["2", "a3", nil, nil], ["3", "last", nil, nil]])
    }

    @Test("A good row is kept when a later one of its key is refused")
    func keepsGoodRow() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint PRIMARY KEY, a bigint)")
        let run = try await SinkRun(
            database, "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
        let report = try await run.put(["{\"id\":1,\"a\":1}", "{\"id\":1,\"a\":2}", "{\"id\":1,\"a\":\"bad\"}"])
        #expect(report.rejections.map(\.recordIndex) == [2])
        try await run.flush()
        #expect(try database.run("SELECT id, a FROM t") == [["1", "2"]])
    }

    @Test("Update changes rows that exist; insert-ignore adds those that do not")
    func otherModes() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old')")
        let key = "\"pk.mode\":\"record_value\",\"pk.fields\":\"id\""
        let update = try await SinkRun(database, "\"insert.mode\":\"update\",\(key)")
        try await update.put(["{\"id\":1,\"a\":\"new\"}", "{\"id\":2,\"a\":\"none\"}"])
        try await update.flush()
        try await update.stop()
        #expect(try database.run("SELECT id, a FROM t") == [["1", "new"]])
        let ignore = try await SinkRun(database, "\"insert.mode\":\"insert-ignore\",\(key)")
        try await ignore.put(["{\"id\":1,\"a\":\"x\"}", "{\"id\":2,\"a\":\"two\"}", "{\"id\":2,\"a\":\"three\"}"])
        try await ignore.flush()
        #expect(try database.run("SELECT id, a FROM t ORDER BY id") == [["1", "new"], ["2", "two"]])
    }

    @Test("A tombstone deletes the row of its key, in the order of the records", arguments: ["{\"id\":1}", "1"])
    func deletes(_ key: String) async throws {
        let database = try Database()
        let run = try await SinkRun(
            database,
            "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_key\",\"pk.fields\":\"id\",\"delete.enabled\":true,\"auto.create\":true"
        )
        try await run.put(["{\"a\":1}", "{\"a\":2}"], keys: [key, "2"])
        try await run.put(["null", "{\"a\":3}", "null"], keys: [key, key, "2"])
        try await run.flush()
        #expect(try database.run("SELECT id, a FROM t") == [["1", "3"]])
        let report = try await run.put(["null"], keys: ["null"])
        #expect(report.rejections.count == 1)
    }

    @Test("Absent fields take the column's default")
    func defaults() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (n serial, a text DEFAULT 'd', g int GENERATED ALWAYS AS (1) STORED)")
        let run = try await SinkRun(database)
        try await run.put(["{\"a\":\"x\"}", "{\"n\":7}", "{\"a\":null}"])
        try await run.flush()
        #expect(try database.run("SELECT n, a FROM t ORDER BY n") == [["1", "x"], ["2", nil], ["7", "d"]])
    }

    @Test("Topics become tables, quoted, and schemas come from the format alone")
    func tables() async throws {
        let database = try Database()
        try database.run("CREATE SCHEMA \"r w\"")
        let run = try await SinkRun(database, "\"auto.create\":true,\"table.name.format\":\"r w.${topic}\"")
        let odd = "a.b\"; DROP TABLE x --"
        try await run.put(["{\"co\\\"l; 😀\":1}"], topic: odd)
        let report = try await run.put(["{\"a\":1}"], topic: nil)
        #expect(report.rejections.count == 1)
        try await run.put(["{\"a\":1}"], topic: "second")
        try await run.flush()
        #expect(
            try database.run(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'r w' ORDER BY 1")
                == [[odd, "co\"l; 😀"], ["second", "a"]])
    }
}
