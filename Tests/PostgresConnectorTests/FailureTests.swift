import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL sink when things fail", .ownThread, .serialized, .enabled(if: Server.isAvailable, "\(Server.absence)"),
    .timeLimit(.minutes(15)))
struct FailureTests {
    private static let upsert = "\"insert.mode\":\"upsert\",\"pk.mode\":\"record_value\",\"pk.fields\":\"id\""

    private func rows(_ batch: Int, of count: Int = 400) -> [String] {
        (0..<count).map { "{\"id\":\(batch * count + $0),\"v\":\"some text of row \($0)\"}" }
    }

    /// Delivers five batches as the worker does, starting again where the sink says whenever it fails for good.
    private func deliverAll(_ database: Database, _ settings: String, through proxy: FaultProxy) async throws {
        while true {
            do {
                return try await deliver(to: SinkRun(database, settings, url: database.url(through: proxy)))
            } catch let error as ConnectorError where error.kind == .restartable || error.kind == .retriable {}
        }
    }

    private func deliver(to run: SinkRun) async throws {
        var next = 0
        if case .int(let line)? = run.stored.first?.offset["line"] { next = Int(line) }
        while next < 5 {
            do {
                try await run.put(rows(next), at: Int64(next + 1))
            } catch let error as ConnectorError where error.kind == .retriable {
                continue
            }
            next += 1
            if next % 2 == 1 { try await run.flush() }
        }
        try await run.stop()
    }

    @Test(
        "A connection cut at any byte loses no row and doubles none",
        arguments: [1, 300, 700, 3000, 12_000, 20_000, 26_000, 40_000, 48_000], ["", upsert])
    func cut(_ bytes: Int, _ settings: String) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint\(settings.isEmpty ? "" : " PRIMARY KEY"), v text)")
        let proxy = try FaultProxy(to: database.socket)
        try await SinkRun(database, settings).stop()
        // Behind the login.
        proxy.inject(.cut(afterBytes: 900 + bytes))
        try await deliverAll(database, settings, through: proxy)
        #expect(proxy.cuts == 1)
        #expect(try database.run("SELECT count(*), count(DISTINCT id), max(id) FROM t") == [["2000", "2000", "1999"]])
    }

    @Test("A connection cut in the answers loses no row and doubles none", arguments: [400, 500, 550, 600, 700, 900])
    func cutAnswers(_ bytes: Int) async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, v text)")
        let proxy = try FaultProxy(to: database.socket)
        try await SinkRun(database).stop()
        proxy.inject(.cut(afterBytes: 400 + bytes, .toClient))
        try await deliverAll(database, "", through: proxy)
        #expect(proxy.cuts == 1)
        #expect(try database.run("SELECT count(*), count(DISTINCT id) FROM t") == [["2000", "2000"]])
    }

    @Test("A server that falls silent in a batch is given up after the time limit")
    func silence() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint, v text)")
        let proxy = try FaultProxy(to: database.socket)
        let run = try await SinkRun(
            database, "\"connection.timeout.ms\":5000", url: database.url(through: proxy))
        proxy.inject(.silence)
        let error = await #expect(throws: ConnectorError.self) { try await run.put(rows(0)) }
        #expect(error?.kind == .retriable && error?.message.contains("no answer within") == true)
        proxy.cutAll()
        proxy.heal()
        try await run.put(rows(0))
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "400")
    }

    @Test("A serialization failure and a deadlock are tried again", arguments: ["40001", "40P01"], [false, true])
    func undone(_ state: String, _ holdsRows: Bool) async throws {
        let database = try Database()
        try database.run(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE SEQUENCE attempts;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF NEW.id = 9 AND nextval('attempts') = 1 THEN RAISE EXCEPTION 'undone' USING ERRCODE = '\(state)'; END IF;
              RETURN NEW; END $$;
            CREATE TRIGGER fail BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fail()
            """)
        let run = try await SinkRun(database, Self.upsert)
        if holdsRows { try await run.put(["{\"id\":1}"], at: 1) }
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"id\":9}"], at: 2) }
        #expect(error?.kind == (holdsRows ? .restartable : .retriable) && error?.native == state)
        try await run.stop()
        let again = try await SinkRun(database, Self.upsert)
        #expect(again.stored == [])
        try await again.put(["{\"id\":1}", "{\"id\":9}"], at: 2)
        try await again.flush()
        #expect(try database.run("SELECT id FROM t ORDER BY id") == [["1"], ["9"]])
    }

    @Test(
        "A full disk is waited for, and what was taken before stays",
        .enabled(if: SmallDisk.isPossible, "\(SmallDisk.absence)"))
    func fullDisk() async throws {
        let server = try Server()
        let database = try Database(on: server)
        let disk = try SmallDisk(of: server)
        try database.run("CREATE TABLESPACE small LOCATION '\(disk.path)'")
        try database.run(
            "CREATE TABLE t (id bigint, v text) TABLESPACE small; ALTER TABLE t ALTER v SET STORAGE EXTERNAL")
        try database.run(
            "CREATE TABLE filler (v text) TABLESPACE small; ALTER TABLE filler ALTER v SET STORAGE EXTERNAL")
        try database.run("INSERT INTO filler SELECT repeat('x', 5000000)")
        let run = try await SinkRun(database)
        try await run.put(["{\"id\":1,\"v\":\"small\"}"], at: 1)
        let large = "{\"id\":2,\"v\":\"\(String(repeating: "y", count: 3_000_000))\"}"
        let error = await #expect(throws: ConnectorError.self) { try await run.put([large], at: 2) }
        #expect(error?.kind == .retriable && error?.native == "53100")
        try database.run("DROP TABLE filler")
        try await run.put([large], at: 2)
        try await run.flush()
        try await run.stop()
        #expect(try database.run("SELECT id, length(v) FROM t ORDER BY id") == [["1", "5"], ["2", "3000000"]])
        try database.run("DROP TABLE t")
        try database.run("DROP TABLESPACE small")
    }

    @Test("A stop ends a write that waits for a lock")
    func stopInWrite() async throws {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint)")
        let stop = StopSignal()
        let run = try await SinkRun(database, stop: stop)
        try database.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        let watcher = try Database.connect(database.url)
        let watched = WatchedLock(connection: watcher)
        Thread.detachNewThread {
            watched.waitForWaiter()
            stop.request()
        }
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"id\":1}"], at: 1) }
        #expect(error?.message.contains("the task is to end") == true)
        try database.run("ROLLBACK")
        try await run.stop()
        #expect(try database.value("SELECT count(*) FROM t") == "0")
    }
}

/// A connection that another thread alone uses.
private struct WatchedLock: @unchecked Sendable {
    // `@unchecked`: handed over, and not touched by the test afterwards.
    let connection: Connection

    func waitForWaiter() {
        let ours = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        while (try? connection.run("SELECT 1 FROM pg_locks WHERE NOT granted AND \(ours)")) == [] {}
    }
}

/// A file system of 8 MB in memory that a server's tablespace can be on.
private final class SmallDisk {
    static let isPossible: Bool = {
        let folder = TemporaryDirectory()
        guard Program.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path) else { return false }
        return Program.run("umount", folder.path)
    }()
    static let absence = "needs the right to mount a file system of a few megabytes"

    let path: String

    init(of server: Server) throws {
        path = server.folder + "/disk"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let isMounted = Program.run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", path)
        guard isMounted, Program.run("chown", "--reference", server.folder, path) else { throw Server.StartError() }
    }

    deinit { _ = Program.run("umount", "-l", path) }
}
