import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL says of one row", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct RowErrorTests {
    /// Has rows of `table` with the id 2 refused.
    static func raising(_ statement: String, timing: String = "BEFORE INSERT", on table: String = "t") -> String {
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.id = 2 THEN \(statement); END IF; RETURN NEW; END $$;
        CREATE \(timing.contains("DEFERR") ? "CONSTRAINT " : "")TRIGGER refuse \
        \(timing.replacing("DEFERRED", with: "")) ON \(table) \
        \(timing.contains("DEFERR") ? "DEFERRABLE INITIALLY DEFERRED" : "") FOR EACH ROW EXECUTE FUNCTION refuse()
        """
    }

    private static let rows = ["{\"id\":1}", "{\"id\":2}", "{\"id\":3}"]

    private func expectSecondRejected(_ database: Database, _ settings: String = "", state: String? = nil) async throws
    {
        let run = try await SinkRun(database, settings)
        try await run.put(["{\"id\":0}"])
        let report = try await run.put(Self.rows)
        #expect(report.rejections.map(\.recordIndex) == [1])
        if let state { #expect(report.rejections.first?.error.native == state) }
        try await run.flush()
        try await run.stop()
        #expect(try database.run("SELECT id FROM t ORDER BY id") == [["0"], ["1"], ["3"]])
    }

    @Test(
        "A code that a trigger raises rejects the row alone, whatever the code says elsewhere",
        arguments: [
            "UX001", "P0001", "XX000", "XX001", "57014", "57P01", "57P03", "58030", "58P01", "53100", "53200", "08006",
            "28000", "28P01", "42501", "3D000", "25006", "25P02", "55P03", "55006", "0A000", "42P01", "42703", "42P10",
            "40002", "72000", "HV00N", "F0000",
        ], ["BEFORE INSERT", "AFTER INSERT", "AFTER INSERT DEFERRED"])
    func raised(_ state: String, _ timing: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        try database.run(Self.raising("RAISE 'no' USING ERRCODE = '\(state)'", timing: timing))
        try await expectSecondRejected(database, state: state)
    }

    @Test(
        "What goes wrong inside of a trigger rejects the row alone",
        arguments: [
            ("PERFORM 1/0", "22012"), ("PERFORM amvalidate(0)", "XX000"), ("PERFORM * FROM nowhere", "42P01"),
            ("PERFORM nofunction(1)", "42883"), ("NEW.nothing := 1", "42703"), ("ASSERT false", "P0004"),
            ("EXECUTE 'selec 1'", "42601"), ("PERFORM 'x'::int", "22P02"),
        ], ["", "\"insert.mode\":\"insert-ignore\""])
    func insideTrigger(_ fault: (statement: String, state: String), _ settings: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        try database.run(Self.raising(fault.statement))
        try await expectSecondRejected(database, settings, state: fault.state)
    }

    @Test(
        "A row that a constraint of any kind refuses is rejected alone",
        arguments: [
            "CREATE TABLE t (id bigint CHECK (id <> 2))",
            "CREATE TABLE t (id bigint CHECK (id <> 2 OR amvalidate(0)))",
            "CREATE TABLE t (id bigint, v bigint GENERATED ALWAYS AS (1 / (id - 2)) STORED)",
            "CREATE TABLE t (id bigint, EXCLUDE USING btree (id WITH =)); INSERT INTO t VALUES (2)",
            "CREATE DOMAIN d AS bigint CHECK (VALUE <> 2); CREATE TABLE t (id d)",
            "CREATE TABLE t (id bigint) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (0, 1, 3)",
            "CREATE TABLE u (id bigint PRIMARY KEY); INSERT INTO u VALUES (0), (1), (3);"
                + "CREATE TABLE t (id bigint REFERENCES u)",
            "CREATE TABLE t (id bigint); CREATE UNIQUE INDEX ON t ((1 / (id - 2)))",
        ])
    func constraint(_ tables: String) async throws {
        let database = try Database()
        try database.run(tables)
        if tables.contains("EXCLUDE") {
            let run = try await SinkRun(database)
            let report = try await run.put(Self.rows)
            #expect(report.rejections.map(\.recordIndex) == [1])
            return
        }
        try await expectSecondRejected(database)
    }

    @Test("A trigger of the statement that refuses one row of many has it rejected alone")
    func statementTrigger() async throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t (id bigint);
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF EXISTS (SELECT FROM new_rows WHERE id = 2) THEN RAISE 'no' USING ERRCODE = 'UX001'; END IF;
              RETURN NULL; END $$;
            CREATE TRIGGER refuse AFTER INSERT ON t REFERENCING NEW TABLE AS new_rows
              FOR EACH STATEMENT EXECUTE FUNCTION refuse()
            """)
        try await expectSecondRejected(database, state: "UX001")
    }

    @Test(
        "PostGIS's internal error for one geometry rejects the row alone",
        .enabled(if: PostGIS.isAvailable, "\(PostGIS.absence)"))
    func geometry() async throws {
        let database = try Database()
        try database.run("CREATE EXTENSION postgis; CREATE TABLE t (id bigint, place geometry(Point, 4326))")
        let run = try await SinkRun(database)
        let report = try await run.put([
            "{\"id\":1,\"place\":\"SRID=4326;POINT(1 2)\"}", "{\"id\":2,\"place\":\"SRID=4326;POINT(1\"}",
            "{\"id\":3,\"place\":\"SRID=4326;LINESTRING(0 0,1 1)\"}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1, 2])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "1")
    }

    @Test("A privilege that a trigger lacks is a setting to correct and no row's fault")
    func privilegeInTrigger() async throws {
        let database = try Database()
        let writer = try database.makeRole("writer")
        try database.run(
            "CREATE TABLE t (id bigint); CREATE TABLE audit (id bigint);"
                + "GRANT INSERT ON t TO \(writer); GRANT CREATE ON SCHEMA public TO \(writer)")
        try database.run(Self.raising("INSERT INTO audit VALUES (NEW.id)"))
        let run = try await SinkRun(database, url: database.url(of: writer))
        let error = await #expect(throws: ConnectorError.self) { try await run.put(Self.rows) }
        #expect(error?.kind == .configuration && error?.message.contains("audit") == true)
    }
}

/// PostgreSQL's extension for geometries.
enum PostGIS {
    static let isAvailable =
        (try? Database().value("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'")) == "1"
    static let absence = "needs PostGIS; install it with: apt-get install postgresql-15-postgis-3"
}

extension Database {
    /// A role of this database's own that may log in and owns nothing.
    func makeRole(_ name: String) throws -> String {
        let role = "\(self.name)_\(name)"
        try run("CREATE ROLE \(role) LOGIN PASSWORD 'secret'")
        return role
    }

    /// The address for a role of ``makeRole(_:)``.
    func url(of role: String) -> String { url.replacing("//sluice:", with: "//\(role):") }
}
