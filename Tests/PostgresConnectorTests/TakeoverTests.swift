import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL partitions taken over", .enabled(if: Server.isAvailable, "\(Server.absence)"), .timeLimit(.minutes(15)))
struct TakeoverTests {
    private static let upsert = #""insert.mode":"upsert","pk.mode":"record_value","pk.fields":"id""#
    /// Locks are waited for a second.
    private static let impatient = #""connection.timeout.ms":6000,"# + upsert

    private func position(_ line: Int64, of file: String = "a") -> Position {
        Position(partition: ["file": .string(file)], offset: ["line": .int(line)])
    }

    private func keyed() throws -> Database {
        let database = try Database()
        try database.run("CREATE TABLE t (id bigint PRIMARY KEY)")
        return database
    }

    private func expectFence(_ run: SinkRun) async {
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.kind == .restartable)
        #expect(error?.message.contains(#"has taken over partition {"file":"a"}"#) == true, "\(error?.message ?? "")")
    }

    @Test("An owner that is stopped or cut off with rows of the same keys open is ended", arguments: [false, true])
    func openRows(_ isCutOff: Bool) async throws {
        let database = try keyed()
        let proxy = try FaultProxy(to: database.socket)
        let url = isCutOff ? database.url(through: proxy) : database.url
        let former = try await SinkRun(database, Self.impatient, url: url, claimsPartitions: true)
        _ = try await former.claim("a")
        try await former.put(["{\"id\":1}"], at: 1)
        if isCutOff { proxy.inject(.silence) }
        let log = LogRecorder()
        let next = try await SinkRun(database, Self.impatient, claimsPartitions: true, log: log.log)
        #expect(try await next.claim("a") == [])
        let error = await #expect(throws: ConnectorError.self) { try await next.put(["{\"id\":1}"], at: 1) }
        #expect(error?.kind == .retriable && error?.native == "55P03")
        #expect(log.text.contains("ended the session of a former owner"))
        try await next.put(["{\"id\":1}"], at: 1)
        try await next.flush()
        if isCutOff { proxy.cutAll() }
        await #expect(throws: ConnectorError.self) { try await former.flush() }
        #expect(try database.value("SELECT count(*) FROM t") == "1")
    }

    @Test("An owner that stands still between its positions and its COMMIT is ended, and an owner that does not is not")
    func openPositions() async throws {
        let database = try keyed()
        let healthy = try await SinkRun(database, Self.impatient, claimsPartitions: true)
        _ = try await healthy.claim("a", "b")
        try await healthy.put(["{\"id\":1}"], at: 1, of: "b")
        let former = try Database.connect(database.url)
        try former.run("SELECT pg_advisory_lock_shared(hashtextextended('sluice w 1', 0))")
        try former.run("UPDATE sluice_positions SET owner = 'w 1' WHERE partition LIKE '%a%'")
        try former.run("BEGIN; UPDATE sluice_positions SET position = '{}' WHERE partition LIKE '%a%'")
        let next = try await SinkRun(database, Self.impatient, claimsPartitions: true)
        #expect(try await next.claim("a") == [])
        #expect(throws: ServerError.self) { try former.run("COMMIT") }
        try await healthy.flush()
        #expect(try await next.claim("a", "b") == [position(1, of: "b")])
    }

    @Test("A server that crashes while a transaction is open leaves the partitions to the next claim")
    func crash() async throws {
        let server = try Server()
        let database = try Database(on: server)
        try database.run("CREATE TABLE t (id bigint PRIMARY KEY)")
        let former = try await SinkRun(database, Self.upsert, claimsPartitions: true)
        _ = try await former.claim("a")
        try await former.put(["{\"id\":1}"], at: 1)
        try await former.flush()
        try await former.put(["{\"id\":2}"], at: 2)
        server.restart()
        await #expect(throws: ConnectorError.self) { try await former.flush() }
        try await former.stop()
        let next = try await SinkRun(database, Self.upsert, claimsPartitions: true)
        #expect(try await next.claim("a") == [position(1)])
        try await next.put(["{\"id\":2}"], at: 2)
        try await next.flush()
        #expect(try Database.connect(database.url).run("SELECT count(*) FROM t") == [["2"]])
    }

    @Test("A failed flush says that it rolled back only when it did, wherever the answers are cut")
    func doubt() async throws {
        let database = try keyed()
        var doubts = 0
        for bytes in stride(from: 0, through: 240, by: 5) {
            try database.run("TRUNCATE t")
            let proxy = try FaultProxy(to: database.socket)
            let run = try await SinkRun(
                database, Self.upsert, pipeline: "p\(bytes)", url: database.url(through: proxy), claimsPartitions: true)
            _ = try await run.claim("a")
            try await run.put(["{\"id\":1}"], at: 1)
            proxy.inject(.cut(afterBytes: bytes, .toClient))
            let error: ConnectorError
            do {
                try await run.flush()
                continue
            } catch let failure as ConnectorError {
                error = failure
            }
            let isUnknown = error.message.contains("it is not known whether the transaction was committed")
            #expect(
                error.kind == .restartable && isUnknown != error.message.contains("was rolled back"), "\(error.message)"
            )
            // Behind the row lock of a transaction that still ends.
            let next = try await SinkRun(database, Self.upsert, pipeline: "p\(bytes)", claimsPartitions: true)
            let isCommitted = try await next.claim("a") == [position(1)]
            #expect(try database.value("SELECT count(*) FROM t") == (isCommitted ? "1" : "0"))
            if isCommitted { #expect(isUnknown) }
            if isUnknown { doubts += 1 }
            try await next.stop()
        }
        #expect(doubts > 0)
    }

    @Test("A COMMIT of positions alone whose answer is lost fails the task too, rather than a flush that fences itself")
    func doubtWithoutRows() async throws {
        let database = try keyed()
        var doubts = 0
        for bytes in stride(from: 0, through: 240, by: 5) {
            let proxy = try FaultProxy(to: database.socket)
            let run = try await SinkRun(
                database, pipeline: "p\(bytes)", url: database.url(through: proxy), claimsPartitions: true)
            _ = try await run.claim("a")
            try await run.put([], at: 1)
            proxy.inject(.cut(afterBytes: bytes, .toClient))
            do {
                try await run.flush()
            } catch let error as ConnectorError where error.kind == .retriable {
                try await run.flush()
            } catch let error as ConnectorError {
                #expect(error.message.contains("it is not known"), "\(error.message)")
                doubts += 1
            }
            try await run.stop()
        }
        #expect(doubts > 0)
    }

    @Test("Without claims: two tasks that write one partition cannot both commit")
    func movedPartition() async throws {
        let database = try keyed()
        let first = try await SinkRun(database, task: TaskSlot(index: 0, count: 2))
        let second = try await SinkRun(database, task: TaskSlot(index: 1, count: 2))
        try await first.put(["{\"id\":1}"], at: 1)
        try await first.flush()
        try await second.put(["{\"id\":2}"], at: 1)
        await expectFence(second)
        #expect(try database.run("SELECT id FROM t") == [["1"]])
    }

    @Test("Without claims: a task whose session was lost finds what another worker wrote and forgot meanwhile")
    func lostSession() async throws {
        let database = try keyed()
        let first = try await SinkRun(database)
        try database.cutConnections()
        let second = try await SinkRun(database)
        try await second.put(["{\"id\":1}"], at: 1)
        try await second.flush()
        try await second.flush()
        try await second.stop()
        await #expect(throws: ConnectorError.self) { try await first.put(["{\"id\":1}"], at: 1) }
        try database.run("DELETE FROM t")
        try await first.put(["{\"id\":1}"], at: 1)
        await expectFence(first)
        #expect(try database.value("SELECT count(*) FROM t") == "0")
    }

    @Test("Tasks that take over and store the same partitions, given in any order, never wait for each other")
    func crossing() async throws {
        let database = try keyed()
        let files = (0..<30).map { "f\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let url = database.url
            for _ in 0..<2 {
                group.addTask {
                    let values = try ConfigValues(
                        json: #"{"connection.url":"\#(url)"}"#, definition: PostgresSink.definition.config)
                    let context = SinkContext(config: values, claimsPartitions: true)
                    for _ in 0..<40 { try await Self.claimAll(files, context) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Takes the partitions over in some order and stores a position of each, unless another has them by then.
    private static func claimAll(_ files: [String], _ context: SinkContext) async throws {
        let sink = PostgresSink()
        _ = try await sink.start(context)
        _ = try await sink.claim(files.shuffled().map { ["file": .string($0)] })
        var batch = RecordBatch()
        for file in files.shuffled() { batch.mark(Position(partition: ["file": .string(file)], offset: ["line": 1])) }
        var report = PutReport()
        try await sink.put(batch, report: &report)
        do {
            try await sink.flush()
        } catch let error as ConnectorError where error.message.contains("has taken over") {}
        await sink.stop()
    }

    @Test("A table of a version without epochs is upgraded in place, and its positions count")
    func upgrade() async throws {
        let database = try keyed()
        try database.run(
            """
            CREATE TABLE sluice_positions (pipeline text, sink text, task int NOT NULL, "partition" text, \
            "position" text NOT NULL, PRIMARY KEY (pipeline, sink, "partition"));
            INSERT INTO sluice_positions VALUES ('p', 'sink', 0, '{"file":"a"}', '{"line":7}')
            """)
        let run = try await SinkRun(database)
        #expect(run.stored == [position(7)])
        try await run.put(["{\"id\":8}"], at: 8)
        try await run.flush()
        try await run.stop()
        let claiming = try await SinkRun(database, claimsPartitions: true)
        #expect(claiming.stored == [])
        #expect(try await claiming.claim("a") == [position(8)])
    }

    @Test(
        "Positions belong to the group, whatever its members are called, and those of an older version count until then"
    )
    func renamed() async throws {
        let database = try keyed()
        let old = try await SinkRun(database)
        try await old.put([], at: 7)
        try await old.flush()
        try await old.stop()
        for (pipeline, line) in [("p", Int64(7)), ("q", 8)] {
            let group = ConsumerGroup()
            let run = try await SinkRun(database, pipeline: pipeline, claimsPartitions: true, group: group)
            group.membership = ConsumerGroup.Membership(
                id: "g", cluster: "c", readsCommitted: true, isAlone: { nil }, metadata: { nil })
            #expect(try await run.claim("a", "b") == [position(line)])
            try await run.put([], at: line + 1)
            group.membership = nil
            try await run.flush()
            try await run.stop()
        }
    }

    @Test("A stored position that cannot be read is an error that names it", arguments: [false, true])
    func unreadable(_ claims: Bool) async throws {
        let database = try keyed()
        try await SinkRun(database).stop()
        try database.run(#"INSERT INTO sluice_positions VALUES ('p', 'sink', 0, '{"file":"a"}', '{"line":1.5}')"#)
        let error = await #expect(throws: ConnectorError.self) {
            let run = try await SinkRun(database, claimsPartitions: claims)
            _ = try await run.claim("a")
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(#"{"line":1.5} of partition {"file":"a"}, stored in the table"#) == true)
    }
}
