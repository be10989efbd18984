import Foundation
import Glibc
import TestSupport
import Testing

@Suite("SIGKILL at any moment loses nothing, and into files doubles nothing", .ownThread, .serialized)
struct CrashTests {
    /// Enough for a kill to meet every phase of a run: start, poll, put, flush, commit, rename, stop.
    private static let kills = 50

    private func crash(_ place: Workplace, seed: UInt64, longest: Int) throws -> Int {
        var plan = CrashPlan(pipeline: "pipeline.json")
        plan.rounds = Self.kills
        plan.seed = seed
        plan.longest = longest
        var run = try CrashRun(plan, in: place.folder)
        try run.run()
        return run.killed
    }

    private func prepare(_ place: Workplace, pipeline: String) throws {
        try place.write(pipeline, to: "pipeline.json")
    }

    @Test("generated records, with a rate that makes the run longer than any life", arguments: [UInt64(1), 2])
    func emulator(seed: UInt64) throws {
        let place = try Workplace()
        try prepare(
            place,
            pipeline: """
                { "name": "crash",
                  "source": { "connector": "emulator", "kinds": "counter", "max.records": 40000, "records.per.second": 8000 },
                  "sinks": [ { "connector": "file", "path": "out/part-${sequence}.ndjson", "rotate.records": 700 } ] }
                """)
        let killed = try crash(place, seed: seed, longest: 300)
        let numbers = try place.records(below: "out").compactMap { $0["n"] as? Int }
        #expect(numbers.sorted() == Array(0..<40000))
        #expect(killed > Self.kills / 2)
    }

    @Test("GitHub's events, walked page by page", .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
    func gitHub() throws {
        let place = try Workplace()
        let events = (0..<3000).map { index in
            #"{"id":"\#(index)","type":"PushEvent","actor":{"id":1,"login":"a"},"repo":{"id":2,"name":"r"},"#
                + #""payload":{},"public":true,"created_at":"2026-01-01T00:\#(10 + index % 50):00Z"}"#
        }
        try place.write(events.joined(separator: "\n") + "\n", to: "events.ndjson")
        let server = try StandIn(
            "github_stand_in", ["--walk", "--data", place.folder.appendingPathComponent("events.ndjson").path])
        try prepare(
            place,
            pipeline: """
                { "name": "crash", "source": { "connector": "github", "endpoint": "\(server.url())" },
                  "sinks": [ { "connector": "file", "path": "out/part-${sequence}.ndjson", "rotate.records": 500 } ] }
                """)
        _ = try crash(place, seed: 4, longest: 250)
        let ids = try place.records(below: "out").compactMap { ($0["id"] as? String).flatMap(Int.init) }
        #expect(ids.sorted() == Array(0..<3000))
    }

    @Test("users by seed and page", .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
    func users() throws {
        let place = try Workplace()
        let server = try StandIn("randomuser_stand_in")
        let pipeline = """
            { "name": "crash",
              "source": { "connector": "randomuser", "endpoint": "\(server.url())", "seed": "s", "results": 25,
                          "max.records": 2000 },
              "sinks": [ { "connector": "file", "path": "out/part-${sequence}.ndjson", "rotate.records": 300 } ] }
            """
        let whole = try Workplace()
        try prepare(whole, pipeline: pipeline)
        try whole.write(#"{"state.path": "state.db"}"#, to: "worker.json")
        _ = try whole.run(["run", "pipeline.json", "--once", "--worker", "worker.json"])
        try prepare(place, pipeline: pipeline)
        _ = try crash(place, seed: 5, longest: 250)
        #expect(try place.lines(below: "out") == whole.lines(below: "out"))
        #expect(try place.lines(below: "out").count == 2000)
    }

    @Test("a file read line by line, into compressed files")
    func file() throws {
        let place = try Workplace()
        let lines = (0..<400_000).map { #"{"n":\#($0),"text":"a line of text that takes some room"}"# }
        try place.write(lines.joined(separator: "\n") + "\n", to: "input.ndjson")
        try prepare(
            place,
            pipeline: """
                { "name": "crash", "source": { "connector": "file", "path": "input.ndjson" },
                  "sinks": [ { "connector": "file", "path": "out/part-${sequence}.ndjson.gz", "compression": "gzip",
                               "rotate.records": 50000 } ] }
                """)
        _ = try crash(place, seed: 3, longest: 400)
        let unpack = Process()
        unpack.executableURL = URL(fileURLWithPath: "/bin/sh")
        unpack.arguments = ["-c", "gzip -dc out/*.gz > all.ndjson"]
        unpack.currentDirectoryURL = place.folder
        try unpack.run()
        unpack.waitUntilExit()
        let output = try String(contentsOf: place.folder.appendingPathComponent("all.ndjson"), encoding: .utf8)
        #expect(output.split(separator: "\n").map(String.init) == lines)
    }
}
