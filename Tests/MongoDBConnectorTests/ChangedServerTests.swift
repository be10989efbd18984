import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

private let insert = "\"writemodel.strategy\":\"insert\",\"document.id.strategy\":\"provided_in_value\","

@Suite(
    "MongoDB sink beside others", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct ChangedServerTests {
    private static let faulty = Result { try Server() }

    @Test("A collection that is dropped meanwhile keeps what comes after, and the task goes on", arguments: bothWays)
    func dropped(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert + way)
        try await run.put(["{\"_id\":1}"], at: 1)
        try await run.flush()
        try await run.put(["{\"_id\":2}"], at: 2)
        // A server may refuse to drop what a transaction holds.
        _ = try? database.run(#"{"drop":"t","maxTimeMS":1000}"#)
        let report = try await eventually { try await run.put(["{\"_id\":3}", "{\"_id\":4}"], at: 4) }
        #expect(report.rejections.isEmpty && report.retries.isEmpty)
        try await eventually { try await run.flush() }
        #expect(try database.count("t", #"{"_id":{"$gte":{"$numberLong":"3"}}}"#) == 2)
    }

    @Test("A database that is dropped meanwhile comes back with what is written next", arguments: bothWays)
    func droppedDatabase(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert + "\"connection.timeout.ms\":10000," + way)
        try await run.put(["{\"_id\":1}"], at: 1)
        try await run.flush()
        try database.run(#"{"dropDatabase":1}"#)
        do {
            try await eventually {
                try await run.put(["{\"_id\":2}"], at: 2)
                try await run.flush()
            }
        } catch let error as ConnectorError where error.kind == .fatal {
            // The positions are gone as well, which looks like another worker: a new start begins anew.
            let next = try await SinkRun(database, insert + way)
            #expect(next.stored == [])
            try await next.put(["{\"_id\":2}"], at: 2)
            try await next.flush()
        }
        #expect(try database.count("t") == 1)
    }

    @Test("A unique index or a validator that is added meanwhile refuses only what it forbids", arguments: bothWays)
    func forbidden(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert + way)
        try await run.put(["{\"_id\":1,\"k\":1}"], at: 1)
        try await run.flush()
        try database.run(#"{"createIndexes":"t","indexes":[{"key":{"k":1},"name":"k","unique":true}]}"#)
        let first = try await run.put(["{\"_id\":2,\"k\":2}", "{\"_id\":3,\"k\":1}", "{\"_id\":4,\"k\":3}"], at: 4)
        #expect(first.rejections.map(\.recordIndex) == [1])
        try await run.flush()
        try database.run(#"{"collMod":"t","validator":{"k":{"$lt":{"$numberLong":"9"}}}}"#)
        let second = try await run.put(["{\"_id\":5,\"k\":9}", "{\"_id\":6,\"k\":8}"], at: 6)
        #expect(second.rejections.map(\.recordIndex) == [0])
        try await run.flush()
        #expect(try database.count("t") == 4)
    }

    /// Told to fail, since SecantusDB ends for good when its own disk is full.
    @Test("A server that says its disk is full is tried again, and nothing is lost", arguments: bothWays)
    func fullDisk(_ way: String) async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database, insert + way)
        try await run.put(["{\"_id\":1}"], at: 1)
        try database.fail("insert", #""errorCode":14031"#, times: 2)
        let error = await #expect(throws: ConnectorError.self) { try await run.put(["{\"_id\":2}"], at: 2) }
        #expect(error?.kind == .retriable && error?.native == "14031")
        _ = try await eventually { try await run.put(["{\"_id\":2}"], at: 2) }
        try await run.flush()
        #expect(try database.count("t") == 2)
        try database.mend()
    }
}
