import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL refuses", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct RefusalTests {
    @Test("Rows of several tables that need each other keep their order when one row of the batch is bad")
    func severalTables() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE customers (id text PRIMARY KEY);"
                + "CREATE TABLE orders (id bigint CHECK (id > 0), customer text REFERENCES customers)")
        let run = try await SinkRun(database)
        try await run.put([("orders", "{\"id\":1}")])
        let report = try await run.put([
            ("customers", "{\"id\":\"c9\"}"), ("orders", "{\"id\":9,\"customer\":\"c9\"}"),
            ("customers", "{\"id\":\"c10\"}"), ("orders", "{\"id\":-1}"),
            ("orders", "{\"id\":10,\"customer\":\"c10\"}"),
        ])
        #expect(report.rejections.map(\.recordIndex) == [3])
        try await run.flush()
        #expect(try database.run("SELECT id, customer FROM orders ORDER BY id").count == 3)
    }

    @Test("A change of a table that the server refuses rejects its record alone")
    func change() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, n bigint); CREATE VIEW v AS SELECT n FROM t")
        let run = try await SinkRun(database, "\"auto.evolve\":true")
        let report = try await run.put([
            "{\"id\":1,\"n\":1}", "{\"id\":2,\"n\":1.5}", "{\"id\":3,\"xmin\":1}", "{\"id\":4,\"n\":4}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1, 2])
        #expect(report.rejections.first?.error.message.contains("used by a view") == true)
        try await run.flush()
        #expect(try database.run("SELECT id FROM t ORDER BY id") == [["1"], ["4"]])
    }

    @Test("A type in field.types that the server does not know fails the task", arguments: ["tmestamp", "int foo"])
    func unknownType(_ type: String) async throws {
        let run = try await SinkRun(Database(), "\"auto.create\":true,\"field.types\":{\"a\":\"\(type)\"}")
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"a\":1}"]) }
        #expect(error?.kind == .configuration && error?.message.contains("field.types") == true)
    }

    @Test("A row that breaks a deferred constraint is rejected alone, and not the whole transaction")
    func deferred() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE p (id bigint PRIMARY KEY); INSERT INTO p VALUES (1);"
                + "CREATE TABLE t (id bigint REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1}", "{\"id\":2}", "{\"id\":1}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "2")
    }
}
