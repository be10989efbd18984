import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL keys", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct KeyTests {
    /// Two spellings of one key.
    static let spellings: [(type: String, one: String, other: String)] = [
        ("uuid", "\"8400A4F0-0000-4000-8000-000000000001\"", "\"8400a4f0-0000-4000-8000-000000000001\""),
        ("uuid", "\"{8400a4f000004000-8000000000000001}\"", "\"8400a4f0-0000-4000-8000-000000000001\""),
        ("numeric", "1", "1.0"), ("bigint", "\"01\"", "1"),
        ("timestamptz", "\"2026-01-01T00:00:00Z\"", "1767225600000"),
        ("text COLLATE blind", "\"A\"", "\"a\""), ("text", "\"\"", "\"\""), ("char(3)", "\"a\"", "\"a \""),
    ]

    private func table(_ type: String) throws -> Database {
        let database = try Database()
        try database.run(
            """
            CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE t (id \(type) PRIMARY KEY, x bigint, y bigint)
            """)
        return database
    }

    private func row(_ key: String, _ fields: String) -> String { "{\"id\":\(key),\(fields)}" }

    @Test("An update of a key that is spelled in two ways ends with the later one", arguments: spellings)
    func updates(_ type: String, _ one: String, _ other: String) async throws {
        let database = try table(type)
        let setup = try await SinkRun(database, Self.keyed("insert"))
        try await setup.put([row(one, "\"x\":0")])
        try await setup.flush()
        let run = try await SinkRun(database, Self.keyed("update"), pipeline: "update")
        let later = (1...20).flatMap { [row(one, "\"x\":\($0)"), row(other, "\"x\":\($0 + 100)")] }
        let report = try await run.put(later)
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.value("SELECT x FROM t") == "120")
        try await run.put(later.reversed())
        try await run.flush()
        #expect(try database.value("SELECT x FROM t") == "1")
    }

    @Test("Rows of other fields keep their order when their key is spelled in two ways", arguments: spellings)
    func upserts(_ type: String, _ one: String, _ other: String) async throws {
        let database = try table(type)
        let run = try await SinkRun(database, Self.keyed("upsert"))
        let report = try await run.put([
            row(one, "\"x\":1,\"y\":1"), row(other, "\"x\":2"), row(one, "\"x\":3,\"y\":3"), row(other, "\"y\":4"),
        ])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.put([row(other, "\"y\":5"), row(one, "\"y\":6")])
        try await run.flush()
        #expect(try database.run("SELECT x, y FROM t") == [["3", "6"]])
    }

    @Test("A tombstone deletes the row before it when their key is spelled in two ways", arguments: spellings)
    func deletes(_ type: String, _ one: String, _ other: String) async throws {
        let database = try table(type)
        let settings = Self.keyed("upsert", "record_key") + ",\"delete.enabled\":true"
        let run = try await SinkRun(database, settings)
        try await run.put(["null", "{\"x\":1}", "null"], keys: [one, one, other])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "0")
        try await run.put(["{\"x\":1}", "null", "{\"x\":2}"], keys: [one, other, other])
        try await run.flush()
        #expect(try database.value("SELECT x FROM t") == "2")
    }

    @Test("A key beyond its column widens it with auto.evolve")
    func widens() async throws {
        let database = try Database()
        let run = try await SinkRun(database, Self.keyed("upsert") + ",\"auto.create\":true,\"auto.evolve\":true")
        let report = try await run.put(["{\"id\":1,\"x\":1}", "{\"id\":9223372036854775808,\"x\":2}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.run("SELECT id FROM t ORDER BY id") == [["1"], ["9223372036854775808"]])
    }

    private static func keyed(_ mode: String, _ keys: String = "record_value") -> String {
        "\"insert.mode\":\"\(mode)\",\"pk.mode\":\"\(keys)\",\"pk.fields\":\"id\""
    }
}
