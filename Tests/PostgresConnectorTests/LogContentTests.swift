import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL's words stay out of logs", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct LogContentTests {
    static let refusals = [
        ("id bigint, v int", "\"hunter2\"", "22P02", "column \"v\""),
        ("id bigint, v text UNIQUE", "\"hunter2\"", "23505", "constraint \"t_v_key\""),
        ("id bigint, v text CHECK (v <> 'hunter2')", "\"hunter2\"", "23514", "constraint \"t_v_check\""),
        ("id bigint, v text, w int NOT NULL DEFAULT 0", "\"hunter2\",\"w\":null", "23502", "column \"w\""),
        ("id bigint, v varchar(3)", "\"hunter2\"", "22001", "column \"v\""),
        ("id bigint, v timestamptz", "\"hunter2\"", "22007", "column \"v\""),
        ("id bigint, v int", "\"hunter2: \\\", column x: \\\"\"", "22P02", "column \"v\""),
        ("id bigint, v numeric(4,2)", "77777.25", "22003", "column \"v\""),
    ]

    @Test("A refusal names code, table and column, and quotes the row only in its detail", arguments: refusals)
    func message(_ given: (columns: String, value: String, state: String, place: String)) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (\(given.columns))")
        if given.columns.contains("UNIQUE") { try database.run("INSERT INTO t VALUES (0, 'hunter2')") }
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":1,\"v\":\(given.value)}"])
        let error = try #require(report.rejections.first?.error)
        #expect(!error.message.contains("hunter2") && !error.message.contains("77777"), "\(error.message)")
        #expect(error.message.contains("table t") && error.message.contains(given.state), "\(error.message)")
        #expect(error.message.contains(given.place), "\(error.message)")
        #expect(error.fullMessage.contains("hunter2") || error.fullMessage.contains("77777"), "\(error.fullMessage)")
    }

    @Test("What a trigger puts into its words, hint, column and table is not in the message")
    func trigger() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, v text)")
        try database.run(
            RowErrorTests.raising(
                "RAISE 'no %', NEW.v USING COLUMN = NEW.v, TABLE = NEW.v, CONSTRAINT = NEW.v, DATATYPE = NEW.v, "
                    + "HINT = NEW.v, DETAIL = NEW.v, ERRCODE = '42501'"))
        let run = try await SinkRun(database)
        let report = try await run.put(["{\"id\":2,\"v\":\"hunter2\\nCOPY t, line 1, column hunter2: x\"}"])
        let error = try #require(report.rejections.first?.error)
        #expect(!error.message.contains("hunter2") && error.message.contains("42501"), "\(error.message)")
        #expect(error.fullMessage.contains("no hunter2"))
    }

    /// A pipeline of three records, of which the middle one has a value that is not to be seen.
    private func run(
        _ database: Database, _ errors: String
    ) throws -> (result: SluiceProcess.Result, letters: String) {
        let place = TemporaryDirectory()
        let rows = ["{\"id\":1,\"v\":\"5\"}", "{\"id\":2,\"v\":\"hunter2\"}", "{\"id\":3,\"v\":\"7\"}"]
        try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: place("in.ndjson")))
        let pipeline = """
            {"name":"p","source":{"connector":"file","path":"in.ndjson"},
             "sinks":[{"connector":"postgres","connection.url":\(database.url.jsonQuoted),"table.name.format":"t"}],
             \(errors)}
            """
        try Data(pipeline.utf8).write(to: URL(fileURLWithPath: place("p.json")))
        let result = try SluiceProcess.run(
            ["run", "p.json", "--once", "--state-path", "p.db"], in: URL(fileURLWithPath: place.path))
        let letters = try? String(contentsOfFile: place("dead.ndjson"), encoding: .utf8)
        return (result, letters ?? "")
    }

    private func makeTable() throws -> Database {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, v int)")
        return database
    }

    @Test(
        "The log of a rejected record has its place and no value; the dead letter has both", arguments: [false, true])
    func tolerated(_ isAsked: Bool) throws {
        let database = try makeTable()
        let (result, letters) = try run(
            database,
            """
            "errors.tolerance":"all","errors.log.enable":true,"errors.log.include.messages":\(isAsked),
            "errors.deadletterqueue":{"connector":"file","path":"dead.ndjson"}
            """)
        #expect(result.status == 0)
        #expect(result.errors.contains("SQLSTATE 22P02") && result.errors.contains("record 2 of the batch"))
        #expect((result.errors + result.output).contains("hunter2") == isAsked, "\(result.errors)")
        #expect(letters.contains("invalid input syntax for type integer: \\\"hunter2\\\""), "\(letters)")
        #expect(try database.value("SELECT count(*) FROM t") == "2")
    }

    @Test("The reason why a task failed has no value either, unless asked for", arguments: [false, true])
    func failed(_ isAsked: Bool) throws {
        let (result, _) = try run(
            makeTable(), "\"errors.tolerance\":\"none\",\"errors.log.include.messages\":\(isAsked)")
        #expect(result.status == 1)
        #expect(result.errors.contains("SQLSTATE 22P02") && result.errors.contains("record 2 of the batch"))
        #expect((result.errors + result.output).contains("hunter2") == isAsked, "\(result.errors)")
    }

    @Test("What a reading fails for is named without the value")
    func source() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (v text); INSERT INTO t VALUES ('hunter2')")
        let driver = try await SourceDriver(database, "\"mode\":\"bulk\",\"query\":\"SELECT v::int FROM t;\"")
        let error = await #expect(throws: ConnectorError.self) { _ = try await driver.run() }
        #expect(error?.message.contains("hunter2") == false && error?.message.contains("22P02") == true)
        #expect(error?.fullMessage.contains("hunter2") == true)
    }
}
