import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL tables that COPY does not write", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct InsertPathTests {
    private static let upsert = "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\""
    private static let rows = (1...3).map { "{\"id\":\($0),\"owner\":\"\($0 == 2 ? "b" : "a")\"}" }

    @Test("A row that a policy of row-level security refuses is rejected alone", arguments: ["", upsert])
    func rowSecurity(_ settings: String) async throws {
        let database = try Database()
        let writer = try database.makeRole("writer")
        try database.run(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, owner text); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
            CREATE POLICY mine ON t USING (owner = 'a') WITH CHECK (owner = 'a');
            GRANT INSERT\(settings.isEmpty ? "" : ", SELECT, UPDATE") ON t TO \(writer);
            GRANT CREATE ON SCHEMA public TO \(writer)
            """)
        let run = try await SinkRun(database, settings, url: database.url(of: writer))
        let report = try await run.put(Self.rows)
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(report.rejections.first?.error.native == "42501")
        try await run.flush()
        #expect(try database.run("SELECT id FROM t ORDER BY id") == [["1"], ["3"]])
    }

    @Test("Row-level security that is turned on while the sink runs counts from then on")
    func rowSecurityLater() async throws {
        let database = try Database()
        let writer = try database.makeRole("writer")
        try database.run(
            "CREATE TABLE t (id bigint, owner text); GRANT INSERT ON t TO \(writer);"
                + "CREATE POLICY mine ON t WITH CHECK (owner = 'a'); GRANT CREATE ON SCHEMA public TO \(writer)")
        let run = try await SinkRun(database, url: database.url(of: writer))
        try await run.put(Self.rows)
        try await run.flush()
        try database.run("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        let error = await #expect(throws: ConnectorError.self) { try await run.put(Self.rows) }
        #expect(error?.kind == .retriable)
        let report = try await run.put(Self.rows)
        #expect(report.rejections.map(\.recordIndex) == [1])
    }

    @Test("A view that can be updated is written through, the defaults of its table kept", arguments: ["", upsert])
    func updatableView(_ settings: String) async throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE base (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text, n int DEFAULT 7);
            CREATE VIEW t AS SELECT id, owner, n, upper(owner) AS loud FROM base WHERE owner = 'a' WITH CHECK OPTION
            """)
        let run = try await SinkRun(database, settings)
        let report = try await run.put(Self.rows + ["{\"id\":4,\"owner\":\"a\",\"loud\":\"A\"}"])
        #expect(report.rejections.map(\.recordIndex).sorted() == [1, 3])
        #expect(report.rejections.contains { $0.error.native == "44000" })
        #expect(report.rejections.contains { $0.error.message.contains("column \"loud\" of table t takes no value") })
        try await run.flush()
        #expect(try database.run("SELECT id, owner, n FROM base ORDER BY id") == [["1", "a", "7"], ["3", "a", "7"]])
    }

    @Test("A view with an INSTEAD OF trigger or a rule is written through it", arguments: [true, false])
    func instead(_ isTrigger: Bool) async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE base (id bigint CHECK (id <> 2)); CREATE VIEW t AS SELECT max(id) AS id FROM base")
        try database.run(
            isTrigger
                ? """
                CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  INSERT INTO base VALUES (NEW.id); RETURN NEW; END $$;
                CREATE TRIGGER pass INSTEAD OF INSERT ON t FOR EACH ROW EXECUTE FUNCTION pass()
                """ : "CREATE RULE pass AS ON INSERT TO t DO INSTEAD INSERT INTO base VALUES (NEW.id)")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1}", "{\"id\":2}", "{\"id\":3}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.run("SELECT id FROM base ORDER BY id") == [["1"], ["3"]])
    }

    @Test("A table's rules count for its rows")
    func rules() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE t (id bigint); CREATE TABLE copy (id bigint);"
                + "CREATE RULE copy AS ON INSERT TO t DO ALSO INSERT INTO copy VALUES (NEW.id)")
        let run = try await SinkRun(database)
        try await run.put(["{\"id\":1}"])
        try await run.flush()
        #expect(try database.run("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM copy)") == [["1", "1"]])
    }

    @Test("A foreign table of another server is written, and a row that the other refuses rejected alone")
    func foreignTable() async throws {
        let (far, near) = (try Database(), try Database())
        try far.run("CREATE TABLE t (id bigint CHECK (id <> 2), v text)")
        try near.run(
            """
            CREATE EXTENSION postgres_fdw;
            CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '\(far.server.folder)', dbname '\(far.name)');
            CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user 'sluice', password 'secret');
            CREATE FOREIGN TABLE t (id bigint, v text) SERVER far
            """)
        let run = try await SinkRun(near)
        let report = try await run.put(["{\"id\":1}", "{\"id\":2}", "{\"id\":3}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try far.run("SELECT id FROM t ORDER BY id") == [["1"], ["3"]])
    }

    @Test("A partitioned table under row-level security, and one whose partitions have their own, are written")
    func partitions() async throws {
        let database = try Database()
        let writer = try database.makeRole("writer")
        try database.run(
            """
            CREATE TABLE t (id bigint, owner text) PARTITION BY RANGE (id);
            CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (3); CREATE TABLE high PARTITION OF t DEFAULT;
            ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON t WITH CHECK (owner = 'a');
            GRANT INSERT ON t TO \(writer); GRANT CREATE ON SCHEMA public TO \(writer)
            """)
        let run = try await SinkRun(database, url: database.url(of: writer))
        #expect(try await run.put(Self.rows).rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "2")
    }

    @Test(
        "Values for an identity column that is always generated are kept",
        arguments: [upsert, "\"insert.mode\":\"insert-ignore\"", ""])
    func identity(_ settings: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text)")
        let run = try await SinkRun(database, settings)
        #expect(try await run.put(Self.rows).rejections.isEmpty)
        if !settings.isEmpty { #expect(try await run.put(["{\"id\":1,\"owner\":\"c\"}"]).rejections.isEmpty) }
        try await run.flush()
        let owner = settings == Self.upsert ? "c" : "a"
        #expect(try database.run("SELECT id, owner FROM t WHERE id < 3 ORDER BY id") == [["1", owner], ["2", "b"]])
    }

    @Test(
        "A record that would change an identity column beside the key is rejected; one with the same value is written")
    func identityBesideKey() async throws {
        let database = try Database()
        try database.run(
            "CREATE TABLE t (number bigint GENERATED ALWAYS AS IDENTITY, id bigint PRIMARY KEY, owner text);"
                + "INSERT INTO t (number, id, owner) OVERRIDING SYSTEM VALUE VALUES (10, 1, 'x'), (20, 2, 'x')")
        for mode in ["upsert", "update"] {
            let run = try await SinkRun(
                database, "\"insert.mode\":\"\(mode)\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
            let report = try await run.put([
                "{\"id\":1,\"number\":10,\"owner\":\"\(mode)\"}", "{\"id\":2,\"number\":21,\"owner\":\"\(mode)\"}",
            ])
            #expect(report.rejections.map(\.recordIndex) == [1])
            try await run.flush()
            try await run.stop()
            #expect(
                try database.run("SELECT number, id, owner FROM t ORDER BY id") == [
                    ["10", "1", mode], ["20", "2", "x"],
                ])
        }
    }

    @Test("A value for a generated column is refused by its name", arguments: ["", "\"auto.evolve\":true"])
    func generated(_ settings: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, twice bigint GENERATED ALWAYS AS (id * 2) STORED)")
        let run = try await SinkRun(database, settings)
        let report = try await run.put(["{\"id\":1}", "{\"id\":2,\"twice\":4}"])
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(
            report.rejections.first?.error.message.contains("column \"twice\" of table t takes no value") == true)
        try await run.flush()
        #expect(try database.run("SELECT id, twice FROM t") == [["1", "2"]])
    }

    @Test("Text of a collation that is not the database's still finds its row")
    func collation() async throws {
        let database = try Database()
        try database.run(
            "CREATE COLLATION ignoring (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
                + "CREATE TABLE t (id text COLLATE ignoring PRIMARY KEY, owner varchar(3) COLLATE \"POSIX\");"
                + "INSERT INTO t VALUES ('A', 'x')")
        let run = try await SinkRun(
            database, "\"insert.mode\":\"update\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"")
        try await run.put(["{\"id\":\"a\",\"owner\":\"y\"}"])
        try await run.flush()
        #expect(try database.run("SELECT id, owner FROM t") == [["A", "y"]])
    }
}
