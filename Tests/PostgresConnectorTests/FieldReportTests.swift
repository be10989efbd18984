import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

/// What users of other connectors reported, tried on this one; the names are those of the reports.
@Suite("PostgreSQL in the field", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct FieldReportTests {
    private static let upsert = "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":"

    @Test("kafka-connect-jdbc 1127, seatunnel 9022: an upsert without a fitting unique constraint says which is needed")
    func noUniqueConstraint() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, part bigint, PRIMARY KEY (id, part)) PARTITION BY LIST (part)")
        let run = try await SinkRun(database, Self.upsert + "\"id\"")
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"id\":1,\"part\":1}"]) }
        #expect(error?.kind == .configuration && error?.message.contains("columns of pk.fields") == true)
    }

    @Test("seatunnel 9022, zapatos 74: an upsert into a partitioned table, a row without a partition rejected alone")
    func partitionedUpsert() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE t (id bigint, part bigint, v text, PRIMARY KEY (id, part)) PARTITION BY LIST (part);"
                + "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); INSERT INTO t VALUES (1, 1, 'old')")
        let run = try await SinkRun(database, Self.upsert + "\"id,part\"")
        let report = try await run.put([
            "{\"id\":1,\"part\":1,\"v\":\"new\"}", "{\"id\":1,\"part\":2,\"v\":\"x\"}",
            "{\"id\":2,\"part\":1,\"v\":\"y\"}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.run("SELECT id, v FROM t ORDER BY id") == [["1", "new"], ["2", "y"]])
    }

    @Test("vector 24461: a serial column that records do not have is filled by the server", arguments: ["t", "v"])
    func serial(_ table: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id serial PRIMARY KEY, name text); CREATE VIEW v AS SELECT * FROM t")
        let run = try await SinkRun(database, "\"table.name.format\":\"\(table)\"")
        try await run.put(["{\"name\":\"a\"}", "{\"name\":\"b\"}"])
        try await run.flush()
        #expect(try database.run("SELECT id, name FROM t ORDER BY id") == [["1", "a"], ["2", "b"]])
    }

    @Test("RPostgres 470: an identity under row-level security that holds for the owner too")
    func forcedPolicy() async throws {
        let database = try Database()
        let owner = try database.makeRole("owner")
        try database.run(
            """
            CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text);
            ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
            CREATE POLICY short ON t WITH CHECK (length(title) < 10) ; ALTER TABLE t OWNER TO \(owner);
            GRANT CREATE ON SCHEMA public TO \(owner)
            """)
        let run = try await SinkRun(database, url: database.url(of: owner))
        let report = try await run.put([
            "{\"title\":\"First one\"}", "{\"title\":\"much too long\"}", "{\"id\":9,\"title\":\"c\"}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.run("SELECT title FROM t ORDER BY id").map { $0[0] } == ["First one", "c"])
    }

    @Test(
        "kafka-connect-jdbc 920, debezium 7716: a foreign key that no row satisfies, deferred or not, costs one record",
        arguments: ["", "DEFERRABLE INITIALLY DEFERRED"], ["", "\"insert.mode\":\"insert-ignore\""])
    func foreignKey(_ timing: String, _ settings: String) async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE p (id bigint PRIMARY KEY); INSERT INTO p VALUES (1), (3);"
                + "CREATE TABLE t (id bigint REFERENCES p \(timing))")
        let run = try await SinkRun(database, settings)
        try await run.put(["{\"id\":3}"])
        let report = try await run.put(["{\"id\":1}", "{\"id\":2}", "{\"id\":3}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "3")
    }

    @Test("postgres_fdw: rows of a later transaction are written after one the other server's COMMIT refused")
    func remoteCommit() async throws {
        let (far, near) = (try Database(), try Database())
        try far.run(
            "CREATE TABLE p (id bigint PRIMARY KEY); INSERT INTO p VALUES (1);"
                + "CREATE TABLE t (id bigint REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
        try near.run(
            """
            CREATE EXTENSION postgres_fdw;
            CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '\(far.server.folder)', dbname '\(far.name)');
            CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user 'sluice', password 'secret');
            CREATE FOREIGN TABLE t (id bigint) SERVER far
            """)
        let run = try await SinkRun(near)
        try await run.put(["{\"id\":2}"], at: 1)
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.native == "23503" && error?.kind == .fatal)
        try await run.stop()
        let again = try await SinkRun(near)
        #expect(again.stored == [])
        try await again.put(["{\"id\":1}"], at: 2)
        try await again.flush()
        #expect(try far.run("SELECT id FROM t") == [["1"]])
    }
}
