import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL queries and tables as they are written")
struct QueryTextTests {
    static let ends = [
        "", ";", " ;\n", ";;", "; -- done", "-- done\n;", " /* the /* end */ ; */ ;", "\n;\n-- ;", "; /* never closed",
    ]

    @Test("What stands behind a query is no part of it", arguments: ends)
    func end(_ end: String) { #expect(QueryText.trimmed("SELECT 1\(end)") == "SELECT 1") }

    @Test(
        "A semicolon or a comment's mark within a text or a name is part of the query",
        arguments: [
            "SELECT ';'", "SELECT '--;'", "SELECT 'it''s;'", #"SELECT E'\';'"#, "SELECT \"a;\"", "SELECT $$;$$",
            "SELECT $a$;$b$;$a$", "SELECT 1 -- one\n, 2", "SELECT a$1$ FROM t", #"SELECT name'\'"#,
            "SELECT ü$x$, $x$ -- \u{301}$x$",
        ])
    func within(_ query: String) { #expect(QueryText.trimmed(query + " ; ") == query) }

    @Test("A query that is nothing but comments and semicolons is refused", arguments: [";", "-- a", "/* a */;"])
    func empty(_ query: String) {
        let json = "{\"connection.url\":\"postgresql:///x\",\"mode\":\"bulk\",\"query\":\(query.jsonQuoted)}"
        #expect(throws: (any Error).self) {
            try ConfigValues(json: json, definition: PostgresSource.definition.config)
        }
    }

    @Test(
        "A name in double quotes may hold dots",
        arguments: [
            ("t", nil, "t"), ("s.t", "s", "t"), ("\"a.b\".t", "a.b", "t"), ("\"a.b\".\"c.d\"", "a.b", "c.d"),
            ("s.\"c\"\".d\"", "s", "c\".d"), ("\"a.b\"", nil, "a.b"), ("S.T", "S", "T"),
        ] as [(String, String?, String)])
    func name(_ given: (text: String, schema: String?, table: String)) {
        let name = TableName(written: given.text)
        #expect(name?.schema == given.schema && name?.table == given.table)
        #expect(name.flatMap { TableName(written: $0.description) } == name)
    }

    @Test(
        "A name that cannot be read is none",
        arguments: ["", ".", "a.", ".a", "a.b.c", "\"a", "\"a\"b", "a\"b", "a.\"\""])
    func noName(_ text: String) { #expect(TableName(written: text) == nil) }

    @Test("Tables of one schema and name, split otherwise, are not one partition")
    func partitions() {
        let one = ReadTarget.table(TableName(schema: "a.b", table: "c"))
        let other = ReadTarget.table(TableName(schema: "a", table: "b.c"))
        #expect(one.partition != other.partition)
        #expect(ReadTarget.table(TableName(schema: "a", table: "b")).partition == ["table": "a.b"])
    }
}

@Suite("PostgreSQL schemas with a dot", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct DottedSchemaTests {
    @Test(
        "The sink writes into a table of a schema with a dot, by topic too",
        arguments: ["\"v1.0\".t", "\"v1.0\".${topic}"])
    func sink(_ format: String) async throws {
        let database = try Database()
        try database.run("CREATE SCHEMA \"v1.0\"; CREATE TABLE \"v1.0\".t (id bigint)")
        let run = try await SinkRun(database, "\"table.name.format\":\(format.jsonQuoted)")
        try await run.put(["{\"id\":1}"])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM \"v1.0\".t") == "1")
    }

    @Test("Tables beyond the bound are written and forgotten, and come back")
    func manyTables() async throws {
        let database = try Database()
        let topics = (0..<TableSet.most + 40).map { "t\($0)" }
        let run = try await SinkRun(database, "\"auto.create\":true")
        for _ in 1...2 {
            let report = try await run.put(topics.map { ($0, "{\"id\":1}") })
            #expect(report.rejections.isEmpty)
        }
        try await run.put(topics.map { ($0, "{\"id\":2}") } + [("t0", "{\"id\":3}")])
        try await run.flush()
        let counts = try database.run(
            "SELECT (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM ' || quote_ident(relname), true, true, '')))"
                + "[1]::text FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+$'"
        ).map { $0[0] }
        #expect(counts.count == topics.count && counts.count { $0 == "3" } == topics.count - 1)
        #expect(try database.value("SELECT count(*) FROM t0") == "4")
    }
}
