import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import MongoDBConnector

private let insert = "\"writemodel.strategy\":\"insert\",\"document.id.strategy\":\"provided_in_value\""
private let direct = "\"exactly.once.support\":\"disabled\""

@Suite(
    "MongoDB sink delivery", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct DeliveryTests {
    private static let faulty = Result { try Server() }

    private func position(_ line: Int64) -> Position {
        Position(partition: ["file": "a"], offset: ["line": .int(line)])
    }

    @Test("Documents appear with their position at a flush, and not without one")
    func atomic() async throws {
        let database = try Database()
        let first = try await SinkRun(database)
        #expect(first.stored == [])
        try await first.put(["{\"n\":1}"], at: 1)
        try await first.put(["{\"n\":2}"], at: 2)
        #expect(try database.count("t") == 0)
        try await first.flush()
        try await first.put(["{\"n\":3}"], at: 3)
        try await first.stop()
        let second = try await SinkRun(database)
        #expect(second.stored == [position(2)])
        try await second.put(["{\"n\":3}"], at: 3)
        try await second.flush()
        #expect(try database.count("t") == 3)
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

    @Test("A bad document in a later batch leaves what the transaction held before")
    func badLater() async throws {
        let database = try Database()
        try database.run(#"{"insert":"t","documents":[{"_id":{"$numberLong":"7"},"mine":true}]}"#)
        let run = try await SinkRun(database, insert)
        try await run.put(["{\"_id\":1}", "{\"_id\":2}"], at: 1)
        let report = try await run.put(["{\"_id\":3}", "{\"_id\":7}", "{\"_id\":4}"], at: 2)
        #expect(report.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        #expect(try database.count("t") == 5)
        try await run.stop()
        #expect(try await SinkRun(database).stored == [position(2)])
    }

    @Test(
        "A large transaction is committed early with its position, unless a refused record is not safe yet",
        arguments: [true, false])
    func early(_ isRefusing: Bool) async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert)
        if isRefusing { #expect(try await run.put(["{}"]).rejections.count == 1) }
        let text = String(repeating: "x", count: 3 << 20)
        for line in 1...3 { try await run.put(["{\"_id\":\(line),\"v\":\"\(text)\"}"], at: Int64(line)) }
        try await run.put(["{\"_id\":4}"], at: 4)
        let visible = try database.count("t")
        #expect(visible == (isRefusing ? 0 : 3))
        if isRefusing { try await run.flush() }
        try await run.stop()
        #expect(try await SinkRun(database).stored == [position(isRefusing ? 4 : 3)])
        #expect(try database.count("t") == (isRefusing ? 4 : 3))
    }

    @Test(
        "A transaction that the server gave up is repeated, with all it held",
        arguments: ["insert", "commitTransaction"])
    func repeats(_ command: String) async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database)
        try await run.put(["{\"n\":1}"], at: 1)
        let labels = #""errorCode":112,"errorLabels":["TransientTransactionError"]"#
        try database.fail(command, labels)
        if command == "insert" {
            let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"n\":2}"], at: 2) }
            #expect(error?.kind == .retriable)
            try await run.put(["{\"n\":2}"], at: 2)
            try await run.flush()
        } else {
            try await run.put(["{\"n\":2}"], at: 2)
            let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
            #expect(error?.kind == .retriable)
            try await run.flush()
        }
        #expect(try database.count("t") == 2)
        try await run.stop()
        #expect(try await SinkRun(database).stored == [position(2)])
    }

    @Test("A commit whose outcome is unknown fails the task, and a new start goes by what is stored")
    func unknownCommit() async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database)
        try await run.put(["{\"n\":1}"], at: 1)
        try database.fail("commitTransaction", #""closeConnection":true"#, times: 10)
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.kind == .restartable)
        await #expect(throws: ConnectorError.self) { try await run.flush() }
        await #expect(throws: ConnectorError.self) { try await run.put(["{\"n\":2}"], at: 2) }
        try await run.stop()
        try database.mend()
        let next = try await SinkRun(database)
        if next.stored == [] { try await next.put(["{\"n\":1}"], at: 1) }
        try await next.flush()
        #expect(try database.count("t") == 1)
    }

    @Test("A worker that was replaced cannot commit, and does not hold up its successor")
    func fenced() async throws {
        let database = try Database()
        let first = try await SinkRun(database, insert)
        try await first.put(["{\"_id\":1}"], at: 1)
        let second = try await SinkRun(database, insert)
        try await second.put(["{\"_id\":1}"], at: 1)
        try await second.flush()
        for _ in 0..<2 {
            _ = await #expect(throws: ConnectorError.self) {
                try await first.put(["{\"_id\":2}"], at: 2)
                try await first.flush()
            }
            _ = try? await first.flush()
        }
        #expect(try database.count("t") == 1)
        try await first.stop()
        try await second.stop()
        #expect(try await SinkRun(database).stored == [position(1)])
    }

    @Test("A worker that wakes up after it was replaced cannot commit")
    func fencedAsleep() async throws {
        let database = try Database()
        let asleep = try await SinkRun(database)
        _ = try await SinkRun(database)
        try await asleep.put(["{\"n\":1}"], at: 1)
        let error = await #expect(throws: ConnectorError.self) { try await asleep.flush() }
        #expect(error?.kind == .fatal)
        #expect(error?.message.contains("another worker") == true)
        #expect(try database.count("t") == 0)
    }

    @Test("A server that crashes and comes back loses no flushed document, and repeats none")
    func crash() async throws {
        let server = try Server(["--durable"])
        let database = try Database(on: server)
        let run = try await SinkRun(database, "\"connection.timeout.ms\":10000")
        try await run.put(["{\"n\":1}"], at: 1)
        try await run.flush()
        try await run.put(["{\"n\":2}"], at: 2)
        server.crash()
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"n\":3}"], at: 3) }
        #expect(error?.kind == .retriable)
        try server.comeBack()
        _ = try await eventually { try await run.put(["{\"n\":3}"], at: 3) }
        try await run.flush()
        #expect(try database.count("t") == 3)
        try await run.stop()
        #expect(try await SinkRun(database).stored == [position(3)])
    }

    @Test("Without transactions a batch is durable at once, and one that comes again finds its documents")
    func repeatable() async throws {
        let database = try Database()
        for strategy in ["insert", "replace"] {
            let settings = "\"writemodel.strategy\":\"\(strategy)\",\"document.id.strategy\":\"position\"," + direct
            for _ in 0..<2 {
                let run = try await SinkRun(database, settings + ",\"collection\":\"\(strategy)\"")
                #expect(run.stored == nil)
                let report = try await run.put((0..<10).map { "{\"n\":\($0)}" }, offsets: Array(0..<10))
                #expect(report.rejections.isEmpty && report.isDurable)
                try await run.put(["{\"n\":10}"], offsets: [10])
            }
            #expect(try database.count(strategy) == 11)
        }
    }

    @Test(
        "Without transactions what the server cannot do for now is tried again",
        arguments: [
            #""errorCode":91,"errorLabels":["RetryableWriteError"]"#, #""errorCode":10107"#, #""closeConnection":true"#,
            #""writeConcernError":{"code":64,"errmsg":"waiting for replication timed out"}"#,
        ])
    func retries(_ failure: String) async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database, insert + "," + direct)
        try database.fail("insert", failure, times: 5)
        let error = await #expect(throws: ConnectorError.self) {
            try await run.put(["{\"_id\":1}", "{\"_id\":2}"], at: 1)
        }
        #expect(error?.kind == .retriable)
        try database.mend()
        let report = try await run.put(["{\"_id\":1}", "{\"_id\":2}"], at: 1)
        #expect(report.rejections.isEmpty)
        #expect(try database.count("t") == 2)
    }

    @Test("Of a batch of several commands only what was not written comes again")
    func partial() async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(
            database, "\"delete.on.null.values\":true,\"document.id.strategy\":\"full_key\"," + direct)
        try database.fail("delete", #""errorCode":91"#, times: 2)
        let report = try await run.put(["{\"a\":1}", "null", "{\"a\":2}"], keys: ["1", "2", "3"])
        #expect(report.rejections.isEmpty)
        #expect(report.retries.map(\.recordIndex) == [1, 2] && !report.isDurable)
        #expect(try database.count("t") == 1)
        try database.mend()
    }

    @Test("A server without transactions is refused where they are required, unless records find their documents again")
    func standalone() async throws {
        let database = try Database(on: Server(["--standalone"]))
        let required = "\"exactly.once.support\":\"required\""
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(database, required) }
        #expect(error?.kind == .configuration)
        #expect(try await SinkRun(database, required + ",\"document.id.strategy\":\"position\"").stored == nil)
        let run = try await SinkRun(database)
        #expect(run.stored == nil)
        #expect(run.log.text.contains("no transactions"))
        try await run.put(["{\"a\":1}"])
        #expect(try database.count("t") == 1)
    }
}
