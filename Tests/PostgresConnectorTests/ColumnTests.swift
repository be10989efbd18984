import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL columns", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"), .timeLimit(.minutes(15)))
struct ColumnTests {
    static let converted: [(type: String, json: String, text: String)] = [
        ("timestamptz", "1767319445678", "2026-01-02 02:04:05.678+00"),
        ("timestamptz", "-1", "1969-12-31 23:59:59.999+00"),
        ("timestamptz", "0", "1970-01-01 00:00:00+00"), ("timestamp", "951782400000", "2000-02-29 00:00:00"),
        ("timestamptz", "-62135596800001", "0001-12-31 23:59:59.999+00 BC"), ("date", "20513", "2026-03-01"),
        ("date", "-719163", "0001-12-31 BC"), ("time", "45296789", "12:34:56.789"),
        ("bytea", "\"AAH/\"", "\\x0001ff"), ("bytea", "\"\"", "\\x"),
        ("bytea[]", "[\"AQ==\",null]", "{\"\\\\x01\",NULL}"),
        ("timestamptz[]", "[0]", "{\"1970-01-01 00:00:00+00\"}"),
        ("date[]", "[\"2026-01-02\",1]", "{2026-01-02,1970-01-02}"),
        ("text[]", "[\"a\\tb\\\\\",\"\\n\"]", "{\"a\tb\\\\\",\"\n\"}"), ("numeric", "0.10", "0.10"),
        ("uuid", "\"8400a4f0-0000-4000-8000-000000000001\"", "8400a4f0-0000-4000-8000-000000000001"),
    ]

    @Test("Numbers become dates and times, texts become bytes, where the column says so", arguments: converted)
    func converts(_ type: String, _ json: String, _ text: String) async throws {
        let database = try Database()
        try database.run("SET timezone TO UTC; CREATE TABLE t (v \(type))")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"v\":\(json)}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.value("SELECT v::text FROM t") == text)
    }

    static let beyond: [(type: String, json: String)] = [
        ("smallint", "32768"), ("integer", "-2147483649"), ("bigint", "9223372036854775808"), ("numeric(5,2)", "1000"),
        ("varchar(3)", "\"four\""), ("real", "1e40"), ("double precision", "1e309"),
        ("timestamptz", "9223372036854775807"),
        ("date", "99999999999"), ("time", "86400001"), ("bytea", "\"no base64!\""), ("uuid", "\"x\""),
        ("boolean", "\"maybe\""),
        ("bigint[]", "[\"x\"]"), ("text", "\"a\\u0000b\""), ("jsonb", "{\"a\":\"\\u0000\"}"),
        ("text[]", "[\"\\u0000\"]"),
        ("integer NOT NULL", "null"), ("integer CHECK (v > 0)", "0"),
    ]

    @Test("A value beyond its column is rejected, its neighbours are not", arguments: beyond)
    func refuses(_ type: String, _ json: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint DEFAULT 7, v \(type))")
        let run = try await SinkRun(database)
        let good = type.hasPrefix("integer") ? "{\"id\":1,\"v\":1}" : "{\"id\":1,\"v\":null}"
        let report = try await run.put([good, "{\"id\":2,\"v\":\(json)}", good])
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(report.rejections.first?.error.kind == .rejected)
        try await run.flush()
        #expect(try database.run("SELECT DISTINCT id, count(*) FROM t GROUP BY id") == [["1", "2"]])
    }

    @Test("A text that the database's encoding lacks is rejected alone")
    func encoding() async throws {
        let database = try Database()
        try database.run(
            "CREATE DATABASE l\(database.name) ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        let url = "postgresql://sluice:secret@/l\(database.name)?host=\(database.server.folder)"
        let observer = try Database.connect(url)
        try observer.run("CREATE TABLE t (v text)")
        let run = try await SinkRun(database, url: url)
        let report = try await run.put(["{\"v\":\"ü\"}", "{\"v\":\"€ 😀\"}", "{\"v\":\"a\"}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try observer.run("SELECT v FROM t ORDER BY v") == [["a"], ["ü"]])
    }

    @Test("A record's place in Kafka can be its key")
    func kafkaKey() async throws {
        let database = try Database()
        let settings = "\"insert.mode\":\"upsert\",\"pk.mode\":\"kafka\",\"auto.create\":true"
        let run = try await SinkRun(database, settings)
        try await run.put(["{\"a\":\"x\"}", "{\"a\":\"y\"}"], from: 41)
        try await run.put(["{\"a\":\"again\"}"], from: 42)
        let report = try await run.put(["{\"a\":\"nowhere\"}"])
        #expect(report.rejections.first?.error.message.contains("no partition") == true)
        try await run.flush()
        #expect(
            try database.run("SELECT __connect_topic, __connect_partition, __connect_offset, a FROM t ORDER BY 3") == [
                ["t", "0", "41", "x"], ["t", "0", "42", "again"],
            ])
        let named = try await SinkRun(
            database, "\"pk.mode\":\"kafka\",\"pk.fields\":\"tp,pt,os\",\"auto.create\":true", pipeline: "named")
        try await named.put(["{\"b\":1}"], topic: "u", from: 7)
        try await named.flush()
        #expect(try database.run("SELECT tp, pt, os, b FROM u") == [["u", "0", "7", "1"]])
    }

    @Test("Nested objects become columns of their own with flatten.delimiter")
    func flattens() async throws {
        let database = try Database()
        let run = try await SinkRun(
            database,
            "\"flatten.delimiter\":\"_\",\"auto.create\":true,\"auto.evolve\":true,\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"o_id\""
        )
        let report = try await run.put([
            "{\"o\":{\"id\":1,\"in\":{\"x\":true}},\"l\":[1]}", "{\"o\":{\"id\":2,\"new\":\"n\"},\"l\":null,\"e\":{}}",
            "{\"o\":{\"id\":3},\"o_new\":\"twice\"}", "{\"o\":null}", "{\"o\":{\"id\":1,\"in\":{\"x\":false}}}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [2, 3])
        try await run.flush()
        #expect(
            try database.run("SELECT o_id, o_in_x, l, o_new FROM t ORDER BY o_id") == [
                ["1", "f", "[1]", nil], ["2", nil, nil, "n"],
            ])
        try await run.stop()
        let again = try await SinkRun(
            database, "\"flatten.delimiter\":\"_\",\"pk.mode\":\"record_value\",\"pk.fields\":\"o_id\"")
        let later = try await again.put(["{\"o\":{\"id\":4,\"in\":{\"x\":true}}}", "{\"o\":{\"id\":5,\"none\":1}}"])
        #expect(later.rejections.map(\.recordIndex) == [1])
        try await again.flush()
        #expect(try database.value("SELECT o_in_x FROM t WHERE o_id = 4") == "t")
    }

    @Test("Rows of different fields and different keys go together; of one key they keep their order")
    func mixedFields() async throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, a text, b text); CREATE SEQUENCE statements;
            CREATE FUNCTION tally() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              PERFORM nextval('statements'); RETURN NULL; END $$;
            CREATE TRIGGER tally AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION tally()
            """)
        let run = try await SinkRun(
            database,
            "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
        try await run.put((0..<500).map { "{\"id\":\($0),\"\($0 % 2 == 0 ? "a" : "b")\":\"v\"}" })
        try await run.flush()
        #expect(try database.value("SELECT last_value FROM statements") == "2")
        try await run.put([
            "{\"id\":1,\"a\":\"1\",\"b\":\"1\"}", "{\"id\":1,\"a\":\"2\"}", "{\"id\":1,\"b\":\"3\"}",
            "{\"id\":1,\"a\":\"4\",\"b\":\"4\"}", "{\"id\":1,\"a\":\"5\"}", "{\"id\":1,\"a\":\"6\"}",
        ])
        try await run.flush()
        #expect(try database.run("SELECT a, b FROM t WHERE id = 1") == [["6", "4"]])
        #expect(try database.run("SELECT count(a), count(b), count(*) FROM t") == [["251", "250", "500"]])
    }
}
