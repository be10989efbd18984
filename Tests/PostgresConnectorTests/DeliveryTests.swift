import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL sink delivery", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct DeliveryTests {
    private func position(_ line: Int64) -> Position {
        Position(partition: ["file": "a"], offset: ["line": .int(line)])
    }

    @Test("Rows appear with their position at a flush, and not without one")
    func atomic() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        let first = try await SinkRun(database)
        #expect(first.stored == [])
        try await first.put(["{\"id\":1}"], at: 1)
        try await first.put(["{\"id\":2}"], at: 2)
        #expect(try database.value("SELECT count(*) FROM t") == "0")
        try await first.flush()
        try await first.put(["{\"id\":3}"], at: 3)
        try await first.stop()
        let second = try await SinkRun(database)
        #expect(second.stored == [position(2)])
        try await second.put(["{\"id\":3}"], at: 3)
        try await second.flush()
        #expect(try database.run("SELECT id FROM t ORDER BY id") == [["1"], ["2"], ["3"]])
        try await second.stop()
        let third = try await SinkRun(database)
        #expect(third.stored == [position(3)])
        #expect(try await SinkRun(database, pipeline: "other").stored == [])
        try await third.flush()
        try await third.stop()
        #expect(try await SinkRun(database).stored == [])
    }

    @Test("A batch without records moves the position")
    func positionsAlone() async throws {
        let database = try Database()
        let run = try await SinkRun(database)
        try await run.put([], at: 9)
        try await run.flush()
        try await run.stop()
        #expect(try await SinkRun(database).stored == [position(9)])
    }

    @Test("A cut connection starts the task again when rows were open, and is mended when none were")
    func cut() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        let first = try await SinkRun(database)
        try await first.put(["{\"id\":1}"], at: 1)
        try await first.flush()
        try database.cutConnections()
        let clean = await #expect(throws: ConnectorError.self) { try await first.put(["{\"id\":2}"], at: 2) }
        #expect(clean?.kind == .retriable)
        try await first.put(["{\"id\":2}"], at: 2)
        try database.cutConnections()
        let dirty = await #expect(throws: ConnectorError.self) { try await first.put(["{\"id\":3}"], at: 3) }
        #expect(dirty?.kind == .restartable)
        await #expect(throws: ConnectorError.self) { try await first.flush() }
        try await first.stop()
        let second = try await SinkRun(database)
        #expect(second.stored == [position(1)])
        try await second.put(["{\"id\":2}", "{\"id\":3}"], at: 3)
        try database.cutConnections()
        let atFlush = await #expect(throws: ConnectorError.self) { try await second.flush() }
        #expect(atFlush?.kind == .restartable)
        #expect(try database.run("SELECT id FROM t") == [["1"]])
    }

    @Test("A server that crashes and comes back loses no flushed row")
    func crash() async throws {
        let server = try Server()
        do {
            let database = try Database(on: server)
            try database.run("CREATE TABLE t (id bigint)")
            let run = try await SinkRun(database)
            try await run.put(["{\"id\":1}"], at: 1)
            try await run.flush()
            server.restart()
            await #expect(throws: ConnectorError.self) { try await run.put(["{\"id\":2}"], at: 2) }
            try await run.put(["{\"id\":2}"], at: 2)
            try await run.flush()
            try await run.stop()
            let after = try Connection(
                ConnectionSettings(url: Secret(database.url), user: nil, password: nil, timeout: .seconds(60)))
            #expect(try after.run("SELECT id FROM t ORDER BY id") == [["1"], ["2"]])
        }
    }

    @Test("A lock that another session holds does not take part of a batch")
    func lockTimeout() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint PRIMARY KEY)")
        let run = try await SinkRun(
            database, "\"connection.timeout.ms\":6000", pipeline: "locks")
        try database.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"id\":1}"], at: 1) }
        #expect(error?.kind == .retriable && error?.native == "55P03")
        try database.run("ROLLBACK")
        try await run.put(["{\"id\":1}"], at: 1)
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "1")
    }

    /// Other tests have databases on the same server.
    private static let isOurs = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"

    @Test("A second writer of the same task is kept out while the first is there")
    func fenced() async throws {
        let database = try Database()
        let first = try await SinkRun(database)
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await SinkRun(database, "\"connection.timeout.ms\":6000")
        }
        #expect(error?.kind == .retriable && error?.native == "55P03")
        let holder =
            try database.value("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND \(Self.isOurs)")
            ?? ""
        #expect(error?.message.contains("pid \(holder)") == true, "\(error?.message ?? "")")
        try await first.stop()
        _ = try await SinkRun(database)
    }

    @Test("What tasks stored that are no more is handed back once and then forgotten")
    func fewerTasks() async throws {
        let database = try Database()
        for task in 0..<4 {
            let run = try await SinkRun(database, task: TaskSlot(index: task, count: 4))
            try await run.put([], at: Int64(task), of: "f\(task)")
            try await run.flush()
            try await run.stop()
        }
        let first = try await SinkRun(database, task: TaskSlot(index: 0, count: 2))
        let second = try await SinkRun(database, task: TaskSlot(index: 1, count: 2))
        #expect(first.stored.count == 4 && second.stored.count == 4)
        try await first.flush()
        let left = "SELECT task FROM sluice_positions WHERE position IS NOT NULL"
        #expect(try database.run(left) == [["1"]])
        try await second.flush()
        #expect(try database.run(left) == [])
    }
}
