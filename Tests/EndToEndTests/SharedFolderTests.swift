import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Sinks that share a folder leave each other's files alone", .ownThread)
struct SharedFolderTests {
    private func run(_ place: Workplace, _ pipeline: String, _ more: [String] = []) throws -> SluiceProcess.Result {
        try place.write(pipeline, to: "pipeline.json")
        return try place.run(["run", "pipeline.json", "--once"] + more)
    }

    @Test("a dead letter queue beside its sink")
    func deadLettersBeside() throws {
        let place = try Workplace()
        let lines = (0..<1000).map { $0 % 10 == 3 ? "{" : #"{"n":\#($0)}"# }
        try place.write(lines.joined(separator: "\n") + "\n", to: "in.ndjson")
        let result = try run(
            place,
            """
            { "name": "x", "source": { "connector": "file", "path": "in.ndjson" }, "errors.tolerance": "all",
              "sinks": [ { "connector": "file", "path": "out/good.ndjson" } ],
              "errors.deadletterqueue": { "connector": "file", "path": "out/dead.ndjson" } }
            """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.lines(in: "out/good.ndjson").count == 900)
        #expect(try place.lines(in: "out/dead.ndjson").count == 100)
    }

    @Test("two sinks of one path: nothing is overwritten")
    func onePath() throws {
        let place = try Workplace()
        let result = try run(
            place,
            """
            { "name": "x", "source": { "connector": "emulator", "kinds": "counter", "max.records": 50 },
              "sinks": [ { "connector": "file", "name": "a", "path": "out/a.ndjson" },
                         { "connector": "file", "name": "b", "path": "out/a.ndjson" } ] }
            """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.lines(in: "out/a.ndjson").count == 50)
        #expect(try place.lines(in: "out/a-1.ndjson").count == 50)
    }

    @Test("two workers with states of their own: the second is refused")
    func twoWorkers() throws {
        let place = try Workplace()
        try place.write(
            """
            { "name": "x", "restart.max.attempts": 0,
              "source": { "connector": "emulator", "kinds": "counter", "records.per.second": 1000 },
              "sinks": [ { "connector": "file", "path": "out/a.ndjson" } ] }
            """, to: "pipeline.json")
        let first = try place.start(["run", "pipeline.json", "--state-path", "one.db"])
        while first.isRunning, !place.hasUnfinishedFile(in: "out") { usleep(5000) }
        let second = try place.run(["run", "pipeline.json", "--state-path", "two.db"])
        #expect(second.status == 1)
        #expect(second.errors.contains("another worker runs this pipeline"))
        first.signal(SIGTERM)
        #expect(try first.wait().status == 0)
    }

    @Test("after a reset a pipeline starts anew, also into files")
    func reset() throws {
        let place = try Workplace()
        let pipeline = """
            { "name": "x", "source": { "connector": "emulator", "kinds": "counter", "max.records": 50 },
              "sinks": [ { "connector": "file", "path": "out/${sequence}.ndjson" } ] }
            """
        _ = try run(place, pipeline)
        #expect(try run(place, pipeline).errors.contains("read 0"))
        #expect(try place.run(["offsets", "reset", "x"]).status == 0)
        #expect(try run(place, pipeline).errors.contains("read 50"))
    }

    @Test("a folder that cannot be made is named")
    func impossibleFolder() throws {
        let place = try Workplace()
        let result = try run(
            place,
            """
            { "name": "x", "restart.max.attempts": 0,
              "source": { "connector": "emulator", "kinds": "counter", "max.records": 5 },
              "sinks": [ { "connector": "file", "path": "/proc/nope/a.ndjson" } ] }
            """)
        #expect(result.status == 1)
        #expect(result.errors.contains("/proc/nope"), "\(result.errors)")
    }
}
