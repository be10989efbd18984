import Foundation
import Glibc
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "PostgreSQL rows are written once", .ownThread, .serialized, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct CrashTests {
    private static let records = 30_000
    private let directory = TemporaryDirectory()

    private func prepare(_ database: Database, _ settings: String) throws {
        let folder = URL(fileURLWithPath: directory.path)
        try Data(#"{"offset.flush.interval.ms": 20, "state.path": "state.db"}"#.utf8)
            .write(to: folder.appendingPathComponent("worker.json"))
        let pipeline = """
            { "name": "crash",
              "source": { "connector": "emulator", "kinds": "counter", "max.records": \(Self.records),
                          "records.per.second": 8000 },
              "sinks": [ { "connector": "postgres", "connection.url": "\(database.url)", "auto.create": true,
                           "table.name.format": "t", \(settings) } ] }
            """
        try Data(pipeline.utf8).write(to: folder.appendingPathComponent("pipeline.json"))
    }

    private func start() throws -> SluiceProcess {
        try SluiceProcess(
            ["run", "pipeline.json", "--once", "--worker", "worker.json"], in: URL(fileURLWithPath: directory.path))
    }

    private func expectAllOnce(_ database: Database) throws {
        let rows = try database.run("SELECT count(*), count(DISTINCT n), min(n), max(n) FROM t")
        #expect(rows == [[String(Self.records), String(Self.records), "0", String(Self.records - 1)]])
    }

    @Test(
        "whenever the worker is killed",
        arguments: [
            #""insert.mode": "insert""#, #""insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "n""#,
        ])
    func killedWorker(_ settings: String) throws {
        let database = try Database()
        try prepare(database, settings)
        var run = try CrashRun(CrashPlan(pipeline: "pipeline.json"), in: URL(fileURLWithPath: directory.path))
        try run.run()
        #expect(run.killed > 15)
        try expectAllOnce(database)
    }

    @Test("when its connections are cut again and again")
    func cutConnections() throws {
        let database = try Database()
        try prepare(database, #""insert.mode": "insert""#)
        let process = try start()
        for _ in 0..<5 {
            let before = try rows(database)
            while process.isRunning, try rows(database) <= before {}
            try database.cutConnections()
        }
        let result = try process.wait()
        #expect(result.status == 0, "\(result.errors)")
        try expectAllOnce(database)
    }

    private func rows(_ database: Database) throws -> Int {
        guard try database.value("SELECT to_regclass('t')") != nil else { return 0 }
        return Int(try database.value("SELECT count(*) FROM t") ?? "") ?? 0
    }
}
