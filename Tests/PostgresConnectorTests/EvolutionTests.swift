import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL tables from records", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct EvolutionTests {
    private func types(_ database: Database) throws -> [[String?]] {
        try database.run(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position"
        )
    }

    @Test("A new table has the types of its first record")
    func creates() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true,\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
        try await run.put([
            "{\"b\":true,\"id\":\"k\",\"i\":1,\"big\":9223372036854775808,\"d\":1.5,\"n\":1.2345678901234567,\"s\":\"x\",\"o\":{},\"a\":[]}"
        ])
        try await run.flush()
        #expect(
            try types(database) == [
                ["id", "text"], ["b", "boolean"], ["i", "bigint"], ["big", "numeric"], ["d", "double precision"],
                ["n", "numeric"], ["s", "text"], ["o", "jsonb"], ["a", "jsonb"],
            ])
        #expect(
            try database.value("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisprimary") == "1")
    }

    @Test("A new table and an added column have the types that field.types gives")
    func ownTypes() async throws {
        let database = try Database()
        let settings =
            #""auto.create":true,"auto.evolve":true,"flatten.delimiter":"_","pk.mode":"record_key","#
            + #""pk.fields":"k","#
        let types = #""field.types":{"k":"numeric(9, 0)","at":"timestamptz","o_d":"double precision[]"}"#
        let run = try await SinkRun(database, settings + types)
        try await run.put([#"{"at":"2026-01-31T12:00:00.5Z","n":1}"#], keys: ["7"])
        try await run.put([#"{"o":{"d":[1,2.5]}}"#], keys: ["8"])
        try await run.flush()
        #expect(
            try self.types(database) == [
                ["k", "numeric"], ["at", "timestamp with time zone"], ["n", "bigint"], ["o_d", "ARRAY"],
            ])
        #expect(try database.run("SELECT k, at, o_d FROM t WHERE k = 7").first?.first == "7")
    }

    @Test("field.types gives the types of the columns of a record's place in Kafka too")
    func kafkaTypes() async throws {
        let database = try Database()
        let run = try await SinkRun(
            database, #""auto.create":true,"pk.mode":"kafka","pk.fields":"tp,pt,os","field.types":{"pt":"smallint"}"#)
        try await run.put(["{\"a\":true}"], from: 7)
        try await run.flush()
        #expect(
            try types(database) == [["tp", "text"], ["pt", "smallint"], ["os", "bigint"], ["a", "boolean"]])
    }

    @Test("Columns are added and numbers widened, and nothing stored changes", arguments: [InsertMode.insert, .upsert])
    func evolves(_ mode: InsertMode) async throws {
        let database = try Database()
        let run = try await SinkRun(
            database,
            "\"auto.create\":true,\"auto.evolve\":true,\"insert.mode\":\"\(mode.rawValue)\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\""
        )
        let report = try await run.put([
            "{\"id\":1,\"n\":9223372036854775807,\"d\":0.1,\"later\":null}", "{\"id\":2,\"n\":1.5,\"x\":\"new\"}",
            "{\"id\":3,\"d\":0.12345678901234567}", "{\"id\":4,\"later\":{\"a\":1}}", "{\"id\":5,\"n\":\"text\"}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [4])
        try await run.flush()
        #expect(
            try types(database) == [
                ["id", "bigint"], ["n", "numeric"], ["d", "numeric"], ["x", "text"], ["later", "jsonb"],
            ])
        #expect(
            try database.run("SELECT n, d, x, later FROM t ORDER BY id") == [
                ["9223372036854775807", "0.1", nil, nil], ["1.5", nil, "new", nil],
                [nil, "0.12345678901234567", nil, nil], [nil, nil, nil, "{\"a\": 1}"],
            ])
    }

    @Test("A field name PostgreSQL would cut rejects its record alone")
    func longNames() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"auto.create\":true,\"auto.evolve\":true")
        let long = String(repeating: "x", count: 64)
        let report = try await run.put(["{\"id\":1}", "{\"id\":2,\"\(long)\":1}", "{\"id\":3}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        let topics = try await run.put(["{\"id\":1}"], topic: long)
        #expect(topics.rejections.map(\.recordIndex) == [0])
    }

    @Test("A column that another session drops is noticed and the batch comes again")
    func concurrentChange() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, a bigint)")
        let run = try await SinkRun(database, "\"auto.evolve\":true")
        try await run.put(["{\"id\":1,\"a\":1}"])
        try await run.flush()
        try database.run("ALTER TABLE t DROP COLUMN a")
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"id\":2,\"a\":2}"]) }
        #expect(error?.kind == .retriable)
        try await run.put(["{\"id\":2,\"a\":2}"])
        try await run.flush()
        #expect(try database.run("SELECT id, a FROM t ORDER BY id") == [["1", nil], ["2", "2"]])
    }

    @Test("A column that another session adds while the sink runs is used, without auto.evolve")
    func concurrentAddition() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1,\"b\":1}"])
        #expect(report.rejections.count == 1)
        try await run.flush()
        try database.run("ALTER TABLE t ADD COLUMN b bigint")
        try await run.put(["{\"id\":2,\"b\":2}"])
        try await run.flush()
        #expect(try database.run("SELECT id, b FROM t") == [["2", "2"]])
    }
}
