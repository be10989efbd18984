import Foundation
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB records come once", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SourceCrashTests {
    private let directory = TemporaryDirectory()
    private var folder: URL { URL(fileURLWithPath: directory.path) }

    private func prepare(_ database: Database, rounds: Int) throws -> CrashRun {
        try write("t", of: database, to: folder)
        var plan = CrashPlan(pipeline: "pipeline.json")
        // Half of the lives end before the first record, the others after some, however fast the machine is.
        (plan.rounds, plan.longest) = (rounds, try 2 * emptyLife(database))
        return try CrashRun(plan, in: folder)
    }

    private func write(_ collection: String, of database: Database, to folder: URL) throws {
        let pipeline = """
            { "name": "crash",
              "source": { "connector": "mongodb", "connection.uri": "\(database.server.uri)",
                          "database": "\(database.name)", "collection": "\(collection)",
                          "startup.mode": "copy_existing", "poll.await.time.ms": 20 },
              "sinks": [ { "connector": "file", "path": "out/part-${sequence}.ndjson", "rotate.records": 700 } ] }
            """
        try Data(pipeline.utf8).write(to: folder.appendingPathComponent("pipeline.json"))
    }

    /// Milliseconds of a run that finds nothing.
    private func emptyLife(_ database: Database) throws -> Int {
        let other = TemporaryDirectory()
        let folder = URL(fileURLWithPath: other.path)
        try write("empty", of: database, to: folder)
        let start = ContinuousClock.now
        let arguments = ["run", "pipeline.json", "--once", "--state-path", other("state.db")]
        #expect(try SluiceProcess.run(arguments, in: folder).status == 0)
        return Int((ContinuousClock.now - start) / .milliseconds(1))
    }

    private func insert(_ numbers: Range<Int>, into database: Database) throws {
        let documents = numbers.map { "{\"n\":\($0)}" }.joined(separator: ",")
        try database.run("{\"insert\":\"t\",\"documents\":[\(documents)]}")
    }

    private func lines() throws -> [String] {
        let out = folder.appendingPathComponent("out")
        let files = try FileManager.default.contentsOfDirectory(
            at: out, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        return try files.flatMap {
            try String(contentsOf: $0, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private func verdict(_ lines: [String], expected: Int) -> CrashVerdict {
        CrashVerdict(lines.compactMap { $0.firstMatch(of: #/"n":(\d+)/#)?.output.1 }, expected: expected)
    }

    @Test("whenever the worker is killed while it copies what is there")
    func copy() throws {
        let database = try Database()
        let count = 30_000
        try insert(0..<count, into: database)
        var run = try prepare(database, rounds: 20)
        try run.run()
        let verdict = verdict(try lines(), expected: count)
        #expect(verdict.passes(isExact: true), "\(verdict.summary)")
        #expect(run.killed > 0)
    }

    /// Documents are added between two lives, since a copy and the changes during it overlap.
    @Test("whenever the worker is killed while it reads changes")
    func changes() throws {
        let database = try Database()
        try database.run(#"{"create":"t"}"#)
        let (rounds, each) = (20, 200)
        var run = try prepare(database, rounds: rounds)
        // The copy is over before the first life, however long each of them is.
        try run.finish()
        try run.run { try? insert(($0 - 1) * each..<$0 * each, into: database) }
        let lines = try lines()
        let verdict = verdict(lines, expected: rounds * each)
        #expect(verdict.passes(isExact: true), "\(verdict.summary)")
        #expect(run.killed > 0)
        // Events of a stream have their token, which a copy's have not.
        #expect(lines.count { $0.contains("\"_data\"") } > rounds * each / 3)
    }

    /// Every second time the collection is gone before the documents come. How many lives end early depends on the machine.
    @Test("whenever the worker is killed while the collection it watches is dropped and made anew")
    func dropped() throws {
        let database = try Database()
        try database.run(#"{"create":"t"}"#)
        let (rounds, each) = (20, 200)
        var run = try prepare(database, rounds: rounds)
        try run.finish()
        try run.run { round in
            if round.isMultiple(of: 2) { _ = try? database.run(#"{"drop":"t"}"#) }
            try? insert((round - 1) * each..<round * each, into: database)
        }
        let lines = try lines()
        let verdict = verdict(lines, expected: rounds * each)
        #expect(verdict.passes(isExact: true), "\(verdict.summary)")
        #expect(lines.count { $0.contains("\"invalidate\"") } == rounds / 2)
    }
}
