import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL names and defaults out of records", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct NameTests {
    private static let settings = "\"auto.create\":true,\"auto.evolve\":true"

    private func columns(_ database: Database) throws -> [[UInt8]] {
        try database.run(
            "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped "
                + "ORDER BY attnum"
        ).map { Array(($0[0] ?? "").utf8) }
    }

    /// A quote after a mark that joins what follows it, and one before a mark that joins what precedes it.
    static let odd = [
        "a\u{600}\" int; DROP TABLE orders; --", "\u{70F}\"", "a\"\u{301}", "\"\u{200D}\"", "\u{6DD}\"\u{600}\"\"",
    ]

    @Test("A field's name is quoted byte for byte, whatever a mark makes of the quote beside it", arguments: odd)
    func fields(_ name: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE orders (id bigint)")
        let run = try await SinkRun(database, Self.settings)
        try await run.put(["{\"id\":1}"])
        let report = try await run.put(["{\(name.jsonQuoted):1}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try columns(database) == [Array("id".utf8), Array(name.utf8)])
        #expect(try database.value("SELECT to_regclass('orders')") != nil)
    }

    @Test("A topic is quoted byte for byte", arguments: odd)
    func topics(_ name: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE orders (id bigint)")
        let run = try await SinkRun(database, Self.settings)
        try await run.put(["{\"id\":1}"], topic: name)
        try await run.flush()
        let tables = try database.run("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname NOT LIKE 'pg%'")
        #expect(tables.contains { ($0[0] ?? "").utf8.elementsEqual(name.utf8) })
        #expect(tables.contains(["orders"]))
    }

    @Test(
        "A schema's default is quoted byte for byte",
        arguments: ["\u{600}'); DROP TABLE orders; --", "'\u{301}", "\u{600}\\'", "\\\u{301}'"])
    func defaults(_ text: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE orders (id bigint)")
        let run = try await SinkRun(database, Self.settings)
        let schema = """
            {"type":"struct","fields":[{"field":"id","type":"int64","optional":true},
             {"field":"v","type":"string","default":\(text.jsonQuoted)}]}
            """
        let report = try await run.put(["{\"id\":1}"], schema: schema)
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.value("SELECT v FROM t").map { Array($0.utf8) } == Array(text.utf8))
        #expect(try database.value("SELECT to_regclass('orders')") != nil)
    }

    @Test("Names that look alike and differ in their bytes are columns of their own", arguments: ["", "_"])
    func composed(_ delimiter: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, \"\u{E9}\" text)")
        let flatten = delimiter.isEmpty ? "" : ",\"flatten.delimiter\":\"\(delimiter)\""
        let run = try await SinkRun(database, "\"auto.evolve\":true" + flatten)
        let report = try await run.put(["{\"id\":1,\"\u{E9}\":\"one\",\"e\u{301}\":\"two\"}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        #expect(try database.run("SELECT \"\u{E9}\", \"e\u{301}\" FROM t") == [["one", "two"]])
    }

    @Test("A name that only looks like the column's is rejected when no column may be added")
    func composedAlone() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, \"\u{E9}\" text)")
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1,\"e\u{301}\":\"two\"}"])
        #expect(report.rejections.map(\.recordIndex) == [0])
    }
}
