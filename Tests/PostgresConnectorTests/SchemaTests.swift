import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL tables from schemas", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct SchemaTests {
    private static let logical = "org.apache.kafka.connect.data."

    private func schema(_ fields: String...) -> String {
        "{\"type\":\"struct\",\"optional\":false,\"fields\":[\(fields.joined(separator: ","))]}"
    }

    private func field(_ name: String, _ type: String, _ more: String = "\"optional\":true") -> String {
        "{\"field\":\"\(name)\",\"type\":\"\(type)\",\(more)}"
    }

    private func logicalField(_ name: String, _ type: String, _ logical: String) -> String {
        field(name, type, "\"optional\":true,\"name\":\"\(Self.logical)\(logical)\",\"version\":1")
    }

    private func columns(_ database: Database) throws -> [[String?]] {
        try database.run(
            "SELECT attname, format_type(atttypid, NULL), attnotnull::text, pg_get_expr(adbin, adrelid) FROM pg_attribute "
                + "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
                + "WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum")
    }

    @Test("A schema gives types, NOT NULL and defaults, whatever the first record holds")
    func creates() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true")
        let items = "\"optional\":true,\"items\":{\"type\":\"int32\"}"
        let all = schema(
            field("id", "int64", "\"optional\":false"), field("s", "int16"), field("i", "int32"), field("f", "float"),
            field("d", "double"), field("b", "boolean"),
            field("t", "string", "\"optional\":false,\"default\":\"it's\\\\\""),
            field("y", "bytes"), field("a", "array", items),
            field("m", "map", "\"optional\":true,\"keys\":{\"type\":\"string\"},\"values\":{\"type\":\"int32\"}"),
            logicalField("at", "int64", "Timestamp"),
            logicalField("on", "int32", "Date"), logicalField("of", "int32", "Time"),
            field(
                "n", "bytes", "\"name\":\"\(Self.logical)Decimal\",\"optional\":true,\"parameters\":{\"scale\":\"2\"}"))
        let report = try await run.put(
            [
                "{\"id\":1,\"y\":\"AQI=\",\"a\":[1],\"m\":{\"k\":1},\"at\":1000,\"on\":1,\"of\":1000,\"n\":-3.95,\"d\":0.12345678901234567}",
                "{\"id\":2,\"n\":1234.56,\"t\":\"x\"}",
            ], schema: all)
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(
            try columns(database) == [
                ["id", "bigint", "true", nil], ["s", "smallint", "false", nil], ["i", "integer", "false", nil],
                ["f", "real", "false", nil], ["d", "double precision", "false", nil], ["b", "boolean", "false", nil],
                ["t", "text", "true", "'it''s\\'::text"], ["y", "bytea", "false", nil],
                ["a", "integer[]", "false", nil],
                ["m", "jsonb", "false", nil], ["at", "timestamp with time zone", "false", nil],
                ["on", "date", "false", nil], ["of", "time without time zone", "false", nil],
                ["n", "numeric", "false", nil],
            ])
        try database.run("SET timezone TO UTC")
        #expect(
            try database.run("SELECT t, y, a, at, \"on\", of, n FROM t ORDER BY id") == [
                ["it's\\", "\\x0102", "{1}", "1970-01-01 00:00:01+00", "1970-01-02", "00:00:01", "-3.95"],
                ["x", nil, nil, nil, nil, nil, "1234.56"],
            ])
    }

    @Test("A field that a later schema adds becomes a column, NOT NULL only with a default for the rows that are there")
    func evolves() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true,\"auto.evolve\":true")
        try await run.put(["{\"id\":1}"], schema: schema(field("id", "int64")))
        let later = schema(
            field("id", "int64"), field("r", "int32", "\"optional\":false"),
            field("d", "int32", "\"optional\":false,\"default\":5"))
        try await run.put(["{\"id\":2,\"r\":1,\"d\":2}"], schema: later)
        try await run.flush()
        #expect(try columns(database).dropFirst() == [["r", "integer", "false", nil], ["d", "integer", "true", "5"]])
        #expect(try database.run("SELECT id, r, d FROM t ORDER BY id") == [["1", nil, "5"], ["2", "1", "2"]])
    }

    @Test("A field that a transform added beside a schema becomes a column", arguments: [true, false])
    func added(_ creates: Bool) async throws {
        let database = try Database()
        if !creates { try database.run("CREATE TABLE t (id bigint)") }
        let run = try await SinkRun(database, "\"auto.create\":true,\"auto.evolve\":true")
        let report = try await run.put(["{\"id\":1,\"ts\":5}"], schema: schema(field("id", "int64")))
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.run("SELECT id, ts FROM t") == [["1", "5"]])
    }

    @Test("A field that a transform added beside a schema is rejected when no column may be added")
    func addedWithoutColumn() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1,\"ts\":5}"], schema: schema(field("id", "int64")))
        #expect(report.rejections.map(\.error.message).first?.contains("no column \"ts\"") == true)
    }

    @Test("A required field that a transform renamed leaves no column that every row breaks")
    func renamed() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true,\"auto.evolve\":true")
        let report = try await run.put(
            ["{\"id\":1,\"after\":2}"],
            schema: schema(field("id", "int64"), field("before", "int32", "\"optional\":false")))
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.run("SELECT id, after FROM t") == [["1", "2"]])
    }

    @Test("A Decimal that a transform made a text of is that text")
    func castDecimal() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (price numeric)")
        let decimal = "\"name\":\"\(Self.logical)Decimal\",\"parameters\":{\"scale\":\"2\"}"
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"price\":\"1234\"}"], schema: schema(field("price", "bytes", decimal)))
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.value("SELECT price FROM t") == "1234")
    }

    @Test("A required field within an optional one is not NOT NULL when flattened")
    func optionalAncestor() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true,\"flatten.delimiter\":\"_\"")
        let inner = "\"fields\":[\(field("x", "int32", "\"optional\":false"))]"
        let all = schema(
            field("id", "int64"), field("o", "struct", "\"optional\":true,\(inner)"),
            field("r", "struct", "\"optional\":false,\(inner)"))
        let report = try await run.put(
            ["{\"id\":1,\"o\":{\"x\":1},\"r\":{\"x\":1}}", "{\"id\":2,\"o\":null,\"r\":{\"x\":2}}"], schema: all)
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(
            try columns(database) == [
                ["id", "bigint", "false", nil], ["o_x", "integer", "false", nil], ["r_x", "integer", "true", nil],
            ])
    }
}
