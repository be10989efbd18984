import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

private let insert = "\"writemodel.strategy\":\"insert\",\"document.id.strategy\":\"provided_in_value\""
private let transient = #""errorCode":112,"errorLabels":["TransientTransactionError"]"#

@Suite(
    "MongoDB transactions that grow large", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct LargeTransactionTests {
    private static let faulty = Result { try Server() }
    private static let text = String(repeating: "x", count: 3 << 20)

    private func put(_ lines: ClosedRange<Int>, into run: SinkRun) async throws {
        for line in lines {
            _ = try await eventually {
                try await run.put(["{\"_id\":\(line),\"v\":\"\(Self.text)\"}"], at: Int64(line))
            }
        }
    }

    @Test("An early commit that fails for now doubles no document")
    func failedCommit() async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database)
        try database.fail("commitTransaction", transient)
        for line in 1...4 {
            _ = try await eventually { try await run.put(["{\"v\":\"\(Self.text)\"}"], at: Int64(line)) }
        }
        try await run.flush()
        try database.mend()
        #expect(try database.count("t") == 4)
    }

    @Test("No position behind a record that was rejected on its way to the sink is stored early")
    func rejectedBefore() async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert)
        try await run.put(["{\"_id\":0}", "{}"], at: 0, rejecting: 1)
        try await put(1...4, into: run)
        #expect(try database.count("t") == 0)
        try await run.stop()
        #expect(try await SinkRun(database, insert).stored == [])
    }

    @Test("A refused record may be followed by much and then by another one")
    func twoRefused() async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert)
        #expect(try await run.put(["{}"]).rejections.count == 1)
        try await put(1...4, into: run)
        let report = try await run.put(["{\"_id\":1}", "{\"_id\":5}"], at: 5)
        #expect(report.rejections.map(\.recordIndex) == [0])
        try await run.flush()
        #expect(try database.count("t") == 5)
    }
}
