import Foundation
import Glibc
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB documents are written once", .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct CrashTests {
    private static let records = 15_000
    private let directory = TemporaryDirectory()

    private func prepare(_ database: Database, _ settings: String) throws {
        let folder = URL(fileURLWithPath: directory.path)
        try Data(#"{"offset.flush.interval.ms": 20, "state.path": "state.db"}"#.utf8)
            .write(to: folder.appendingPathComponent("worker.json"))
        let pipeline = """
            { "name": "crash",
              "source": { "connector": "emulator", "kinds": "counter", "max.records": \(Self.records),
                          "records.per.second": 4000 },
              "sinks": [ { "connector": "mongodb", "connection.uri": "\(database.server.uri)",
                           "database": "\(database.name)", "collection": "t", \(settings) } ] }
            """
        try Data(pipeline.utf8).write(to: folder.appendingPathComponent("pipeline.json"))
    }

    private func start() throws -> SluiceProcess {
        try SluiceProcess(
            ["run", "pipeline.json", "--once", "--worker", "worker.json"], in: URL(fileURLWithPath: directory.path))
    }

    @Test(
        "whenever the worker is killed",
        arguments: [
            #""exactly.once.support": "required""#,
            #""exactly.once.support": "disabled", "document.id.strategy": "position", "writemodel.strategy": "insert""#,
        ])
    func killedWorker(_ settings: String) throws {
        let database = try Database()
        try prepare(database, settings)
        var random = SystemRandomNumberGenerator()
        var killed = 0
        for _ in 0..<30 {
            let process = try start()
            usleep(UInt32.random(in: 0..<300_000, using: &random))
            process.signal(SIGKILL)
            if try process.wait().status == -SIGKILL { killed += 1 }
        }
        let last = try start().wait()
        #expect(last.status == 0, "\(last.errors)")
        #expect(killed > 15)
        let numbers = try database.documents("t").compactMap { plain($0).firstMatch(of: #/"n" : (\d+)/#)?.output.1 }
        #expect(numbers.count == Self.records)
        #expect(Set(numbers).count == Self.records)
    }
}
