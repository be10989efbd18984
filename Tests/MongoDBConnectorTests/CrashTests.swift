import Foundation
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB documents are written once", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct CrashTests {
    private static let records = 15_000
    private let directory = TemporaryDirectory()

    private func prepare(_ database: Database, _ settings: String) throws {
        let folder = URL(fileURLWithPath: directory.path)
        let pipeline = """
            { "name": "crash",
              "source": { "connector": "emulator", "kinds": "counter", "max.records": \(Self.records),
                          "records.per.second": 4000 },
              "sinks": [ { "connector": "mongodb", "connection.uri": "\(database.server.uri)",
                           "database": "\(database.name)", "collection": "t", \(settings) } ] }
            """
        try Data(pipeline.utf8).write(to: folder.appendingPathComponent("pipeline.json"))
    }

    @Test(
        "whenever the worker is killed",
        arguments: [
            #""exactly.once.support": "required""#,
            #"""
            "exactly.once.support": "disabled", "writemodel.strategy": "insert",
            "document.id.strategy": "provided_in_value", "document.id.field": "n"
            """#,
        ])
    func killedWorker(_ settings: String) throws {
        let database = try Database()
        try prepare(database, settings)
        var run = try CrashRun(CrashPlan(pipeline: "pipeline.json"), in: URL(fileURLWithPath: directory.path))
        try run.run()
        #expect(run.killed > 15)
        let numbers = try database.documents("t").compactMap { plain($0).firstMatch(of: #/"n" : (\d+)/#)?.output.1 }
        let verdict = CrashVerdict(numbers, expected: Self.records)
        #expect(verdict.passes(isExact: true), "\(verdict.summary)")
    }
}
