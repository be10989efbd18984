import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL positions have a place", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct PositionPlaceTests {
    /// A database whose role may write the table `t` and make none.
    private func restricted() throws -> (Database, writer: String) {
        let database = try Database()
        let writer = try database.makeRole("writer")
        try database.run(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE TABLE t (id bigint); GRANT INSERT, SELECT ON t TO \(writer)"
        )
        return (database, writer)
    }

    private static let advisoryLocks = """
        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    private func check(_ database: Database, _ writer: String, _ settings: String) async throws {
        let json = "{\"connection.url\":\"\(database.url(of: writer))\",\"table.name.format\":\"t\"\(settings)}"
        let values = try ConfigValues(json: json, definition: PostgresSink.definition.config)
        try await PostgresSink.definition.check?(values)
    }

    @Test("A role that may make no table is given the SQL for the sink's, which then works")
    func advice() async throws {
        let (database, writer) = try restricted()
        let url = database.url(of: writer)
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(database, url: url) }
        let early = await #expect(throws: ConnectorError.self) { try await check(database, writer, "") }
        #expect(error?.kind == .configuration && early?.kind == .configuration)
        let message = try #require(error?.message)
        for named in ["positions.table", "exactly.once.support"] { #expect(message.contains(named), "\(message)") }
        let start = try #require(message.firstRange(of: "CREATE TABLE"))
        let end = try #require(message.firstRange(of: "; or name another"))
        let statements = String(message[start.lowerBound..<end.lowerBound])
        #expect(early?.message.contains(statements) == true)
        try database.run(statements)
        try await check(database, writer, "")
        let run = try await SinkRun(database, url: url)
        try await run.put(["{\"id\":1}"], at: 1)
        try await run.flush()
        try await run.stop()
        #expect(try await SinkRun(database, url: url).stored.count == 1)
    }

    @Test(
        "Positions are kept in the table that is named",
        arguments: [
            ("places.kept", "places", "kept"),
            ("\\\"a.b\\\".\\\"Kept \\\"\\\"here\\\"\\\"\\\"", "a.b", "Kept \"here\""),
        ])
    func named(_ name: (setting: String, schema: String, table: String)) async throws {
        let (database, writer) = try restricted()
        try database.run(
            "CREATE SCHEMA \(quoted(name.schema)); GRANT ALL ON SCHEMA \(quoted(name.schema)) TO \(writer)")
        let settings = "\"positions.table\":\"\(name.setting)\""
        try await check(database, writer, "," + settings)
        #expect(try database.value("SELECT count(*) FROM pg_tables WHERE tablename LIKE '%ept%'") == "0")
        let run = try await SinkRun(database, settings, url: database.url(of: writer))
        try await run.put(["{\"id\":1}"], at: 1)
        try await run.flush()
        try await run.stop()
        let place = "\(quoted(name.schema)).\(quoted(name.table))"
        #expect(try database.value("SELECT count(*) FROM \(place)") == "1")
        #expect(try await SinkRun(database, settings, url: database.url(of: writer)).stored.count == 1)
    }

    @Test("Without positions rows are written all the same, and nothing is stored or locked")
    func disabled() async throws {
        let (database, writer) = try restricted()
        let settings = "\"exactly.once.support\":\"disabled\""
        try await check(database, writer, "," + settings)
        let values = try ConfigValues(
            json: "{\"connection.url\":\"\(database.url(of: writer))\",\(settings)}",
            definition: PostgresSink.definition.config)
        let sink = PostgresSink.definition.make()
        #expect(try await sink.start(SinkContext(config: values)) == nil)
        try await sink.stop()
        let run = try await SinkRun(database, settings, url: database.url(of: writer))
        try await run.put(["{\"id\":1}"], at: 1)
        try await run.flush()
        try await run.put([], at: 2)
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "1")
        #expect(try database.value(Self.advisoryLocks) == "0")
        #expect(try database.value("SELECT to_regclass('sluice_positions')") == nil)
    }

    @Test(
        "A privilege on the table that will be needed is found before anything runs",
        arguments: [
            (",\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\"", "UPDATE"),
            (",\"delete.enabled\":true,\"pk.mode\":\"record_key\",\"pk.fields\":\"id\"", "DELETE"),
        ])
    func privileges(_ given: (settings: String, privilege: String)) async throws {
        let (database, writer) = try restricted()
        let settings = ",\"exactly.once.support\":\"disabled\"" + given.settings
        let error = await #expect(throws: ConnectorError.self) { try await check(database, writer, settings) }
        #expect(error?.message.contains("GRANT \(given.privilege) ON \"t\"") == true, "\(error?.message ?? "")")
        try database.run("GRANT \(given.privilege) ON t TO \(writer)")
        try await check(database, writer, settings)
    }
}
