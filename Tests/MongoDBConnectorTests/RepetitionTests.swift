import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

private let insert = "\"writemodel.strategy\":\"insert\","
private let byID = insert + "\"document.id.strategy\":\"provided_in_value\","

@Suite(
    "MongoDB documents that come again", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct RepetitionTests {
    private static let faulty = Result { try Server() }

    private func expectRetriable(_ body: () async throws -> PutReport) async {
        let error = await #expect(throws: ConnectorError.self) { _ = try await body() }
        #expect(error?.kind == .retriable)
    }

    @Test("A batch that comes again keeps the ObjectIds it may be stored under")
    func sameIdentities() async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database, bothWays[1])
        try database.fail("insert", #""writeConcernError":{"code":64,"errmsg":"too slow"}"#)
        let batch = ["{\"n\":1}", "[]", "{\"n\":2}"]
        await expectRetriable { try await run.put(batch) }
        try database.mend()
        let report = try await run.put(batch)
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(try database.count("t") == 2)
        try await run.put(["{\"n\":1}"])
        #expect(try database.count("t") == 3)
    }

    @Test("A time series that cannot be made for now takes its batch once")
    func timeSeries() async throws {
        let database = try Database(on: Self.faulty.get())
        let run = try await SinkRun(database, "\"timeseries.timefield\":\"at\"")
        try database.fail("create", #""errorCode":91"#)
        await expectRetriable { try await run.put(["{\"at\":1}"]) }
        try database.mend()
        try await run.put(["{\"at\":1}"])
        #expect(try database.count("t") == 1)
    }

    @Test("Inserts whose _id is taken are found all at once")
    func manyTaken() async throws {
        let database = try Database(on: Self.faulty.get())
        let ids = (0..<30).map { "{\"_id\":{\"$numberLong\":\"\($0)\"},\"mine\":true}" }.joined(separator: ",")
        try database.run("{\"insert\":\"t\",\"documents\":[\(ids)]}")
        let run = try await SinkRun(database, byID + bothWays[0])
        try database.fail("insert", #""errorCode":112"#, after: 3)
        let report = try await run.put((0..<40).map { "{\"_id\":\($0)}" })
        #expect(report.rejections.map(\.recordIndex).sorted() == Array(0..<30))
        #expect(report.rejections.allSatisfy { $0.error.native == "11000" })
        try database.mend()
        try await run.flush()
        #expect(try database.count("t") == 40)
    }

    @Test("The same record twice counts as written, in one batch or two", arguments: [true, false], bothWays)
    func twice(_ isOneBatch: Bool, _ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert + "\"document.id.strategy\":\"value_hash\"," + way)
        let record = "{\"n\":1}"
        let batches = isOneBatch ? [[record, record]] : [[record], [record]]
        for batch in batches { #expect(try await run.put(batch).rejections.isEmpty) }
        try await run.flush()
        #expect(try database.count("t") == 1)
    }

    @Test("An insert behind a deletion of its _id is no duplicate", arguments: bothWays)
    func deletedBetween(_ way: String) async throws {
        let database = try Database()
        let settings = insert + "\"document.id.strategy\":\"full_key\",\"delete.on.null.values\":true," + way
        let run = try await SinkRun(database, settings)
        let values = ["{\"a\":1}", "null", "{\"a\":2}", "{\"a\":3}"]
        let report = try await run.put(values, keys: ["1", "1", "1", "1"])
        #expect(report.rejections.map(\.recordIndex) == [3])
        try await run.flush()
        #expect(try database.documents("t").map { plain($0) } == ["{ \"_id\" : 1, \"a\" : 2 }"])
    }

    @Test("A duplicate beside an _id that looks like an operator is rejected alone", arguments: bothWays)
    func besideOperator(_ way: String) async throws {
        let database = try Database()
        try database.run(#"{"insert":"t","documents":[{"_id":{"$numberLong":"1"},"mine":true}]}"#)
        let run = try await SinkRun(database, byID + way)
        let report = try await run.put(["{\"_id\":1}", "{\"_id\":{\"$x\":1}}", "{\"_id\":2}"])
        #expect(report.rejections.map(\.recordIndex).contains(0))
        try await run.flush()
        #expect(try database.count("t", #"{"_id":{"$in":[1,2]}}"#) == 2)
    }
}
