import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL columns of nested fields", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct FlattenTests {
    private static let evolving = "\"flatten.delimiter\":\"_\",\"auto.create\":true,\"auto.evolve\":true"

    @Test("A field beside an object whose name is a column's is not lost", arguments: ["{}", "{\"x\":1}"])
    func objectInColumn(_ object: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, Self.evolving)
        try await run.put(["{\"id\":1,\"o\":[1]}"])
        let report = try await run.put(["{\"id\":2,\"o\":\(object),\"n\":5}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.value("SELECT n FROM t WHERE id = 2") == "5")
    }

    @Test("A field beside an object whose name is a column's is rejected when no column may be added")
    func unknownField() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, o jsonb)")
        let run = try await SinkRun(database, "\"flatten.delimiter\":\"_\"")
        try await run.put(["{\"id\":1,\"o\":[1]}"])
        let report = try await run.put(["{\"id\":2,\"o\":{},\"n\":5}", "{\"id\":3,\"o\":{}}"])
        #expect(report.rejections.map(\.recordIndex) == [0])
    }

    @Test("A field without a name goes into no column but its own")
    func emptyName() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, later text)")
        let run = try await SinkRun(database, "\"flatten.delimiter\":\"_\"")
        try await run.put(["{\"id\":1}"])
        let report = try await run.put(["{\"id\":2,\"\":\"nameless\"}"])
        #expect(report.rejections.map(\.recordIndex) == [0])
        try await run.flush()
        #expect(try database.run("SELECT id, later FROM t") == [["1", nil]])
    }

    @Test("A map that a schema names stays one value, beside fields that it does not name")
    func maps() async throws {
        let database = try Database()
        let run = try await SinkRun(database, Self.evolving)
        let schema = """
            {"type":"struct","fields":[{"field":"id","type":"int64"},
             {"field":"m","type":"map","optional":true,"keys":{"type":"string"},"values":{"type":"int64"}},
             {"field":"o","type":"struct","optional":true,"fields":[{"field":"x","type":"int32"}]}]}
            """
        let report = try await run.put(
            [
                "{\"id\":1,\"m\":{\"k\":1},\"o\":{\"x\":7}}", "{\"id\":2,\"m\":{},\"o\":null}",
                "{\"id\":3,\"m\":{\"k\":1,\"l\":2},\"added\":\"a\"}",
            ], schema: schema)
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(
            try database.run("SELECT id, m, o_x, added FROM t ORDER BY id") == [
                ["1", "{\"k\": 1}", "7", nil], ["2", "{}", nil, nil], ["3", "{\"k\": 1, \"l\": 2}", nil, "a"],
            ])
        let types = try database.run("SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")
        #expect(types.count == 4)
    }

    @Test("The place of a refused record's field binds no column")
    func refusedPath() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, a_b text)")
        let run = try await SinkRun(database, "\"flatten.delimiter\":\"_\"")
        let refused = try await run.put(["{\"id\":1,\"none\":1,\"a_b\":\"x\"}"])
        #expect(refused.rejections.map(\.recordIndex) == [0])
        let report = try await run.put(["{\"id\":2,\"a\":{\"b\":\"y\"}}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.run("SELECT id, a_b FROM t") == [["2", "y"]])
    }
}
