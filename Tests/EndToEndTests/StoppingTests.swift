import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A worker ends as it is asked to, and says how it went", .ownThread)
struct StoppingTests {
    private static let endless = """
        { "name": "endless", "source": { "connector": "emulator", "kinds": "counter", "records.per.second": 2000 },
          "sinks": [ { "connector": "file", "path": "out/${sequence}.ndjson" } ] }
        """

    /// Starts an endless pipeline and returns once it has written something.
    private func startEndless(_ place: Workplace, _ arguments: [String] = []) throws -> SluiceProcess {
        try place.write(Self.endless, to: "pipeline.json")
        let process = try place.start(["run", "pipeline.json"] + arguments)
        while process.isRunning, !place.hasUnfinishedFile(in: "out") { usleep(5000) }
        return process
    }

    @Test("the first signal drains and commits", arguments: [SIGINT, SIGTERM, SIGHUP])
    func drains(signal: Int32) throws {
        let place = try Workplace()
        let process = try startEndless(place)
        process.signal(signal)
        let result = try process.wait()
        #expect(result.status == 0, "\(result.errors)")
        let count = try place.lines(below: "out").count
        #expect(count > 0)
        #expect(result.errors.contains("STOPPED"))
        let offsets = try place.run(["offsets", "list", "--json"])
        #expect(offsets.output.contains("\(count)"))
    }

    @Test("a terminal that goes away sends its signal more than once")
    func hangsUpTwice() throws {
        let place = try Workplace()
        let process = try startEndless(place)
        for _ in 0..<20 {
            process.signal(SIGHUP)
            usleep(1000)
        }
        let result = try process.wait()
        #expect(result.status == 0, "\(result.errors)")
        #expect(try !place.lines(below: "out").isEmpty)
    }

    @Test("nohup keeps the worker from the signal of a terminal that goes away")
    func nohup() throws {
        let place = try Workplace()
        try place.write(Self.endless, to: "pipeline.json")
        let process = try SluiceProcess(
            [SluiceProcess.executable.path, "run", "pipeline.json"], in: place.folder,
            program: URL(fileURLWithPath: "/usr/bin/nohup"))
        while process.isRunning, !place.hasUnfinishedFile(in: "out") { usleep(5000) }
        let before = process.errorsSoFar
        process.signal(SIGHUP)
        usleep(200_000)
        #expect(process.isRunning && process.errorsSoFar == before)
        process.signal(SIGTERM)
        #expect(try process.wait().status == 0)
    }

    @Test("a reader that takes nothing does not keep a worker from its end")
    func stalledReader() throws {
        let place = try Workplace()
        try place.write(
            Self.endless.replacing(
                #"{ "connector": "file", "path": "out/${sequence}.ndjson" }"#, with: #"{ "connector": "stdout" }"#),
            to: "pipeline.json")
        // A pipe whose reader sleeps, and then a signal to the worker in front of it.
        let script = """
            '\(SluiceProcess.executable.path)' run pipeline.json 2> errors.txt > >(sleep 60) & worker=$!
            sleep 3; kill -TERM $worker; wait $worker; echo "ended $?"
            """
        let result = try SluiceProcess.run(
            ["-c", script], in: place.folder, program: URL(fileURLWithPath: "/bin/bash"))
        #expect(result.output.contains("ended 1"))
        let errors = try String(contentsOf: place.folder.appendingPathComponent("errors.txt"), encoding: .utf8)
        #expect(errors.contains("FAILED") && errors.contains("takes nothing"), "\(errors)")
    }

    @Test("a finished pipeline that is run again says that nothing is new, and how to start over")
    func nothingNew() throws {
        let place = try Workplace()
        try place.write("{\"n\":1}\n{\"n\":2}\n", to: "in.ndjson")
        try place.write(
            """
            { "name": "it's done", "source": { "connector": "file", "path": "in.ndjson" },
              "sinks": [ { "connector": "file", "path": "out/${sequence}.ndjson" } ] }
            """, to: "pipeline.json")
        let first = try place.run(["run", "pipeline.json", "--once"])
        #expect(first.status == 0 && !first.errors.contains("nothing new"), "\(first.errors)")
        let second = try place.run(["run", "pipeline.json"])
        #expect(second.status == 0)
        #expect(second.errors.contains("it's done: nothing new since 20"), "\(second.errors)")
        #expect(second.errors.contains("sluice offsets reset 'it'\\''s done'"), "\(second.errors)")
        #expect(try place.run(["offsets", "reset", "it's done"]).status == 0)
        #expect(try place.run(["run", "pipeline.json"]).errors.contains("read 2"))
        #expect(try place.lines(below: "out").count == 4)
    }

    @Test("a first run that finds nothing says so, and what to look at")
    func nothingThere() throws {
        let place = try Workplace()
        try place.write("", to: "in.ndjson")
        try place.write(
            """
            { "name": "p", "source": { "connector": "file", "path": "in.ndjson" },
              "sinks": [ { "connector": "file", "path": "out/${sequence}.ndjson" } ] }
            """, to: "pipeline.json")
        let run = try place.run(["run", "pipeline.json", "--once"])
        #expect(run.status == 0)
        #expect(run.errors.contains("p: its source had nothing to read, now or ever before"), "\(run.errors)")
    }

    @Test("a second worker on the same state is refused, naming the first")
    func twoWorkers() throws {
        let place = try Workplace()
        let first = try startEndless(place)
        let second = try place.run(["run", "pipeline.json"])
        #expect(second.status == 3)
        #expect(second.errors.contains("in use by another worker (pid "))
        first.signal(SIGTERM)
        #expect(try first.wait().status == 0)
    }

    @Test("a state file that is damaged is named, and left alone")
    func damagedState() throws {
        let place = try Workplace()
        try place.write(Self.endless, to: "pipeline.json")
        try place.write(String(repeating: "not a database. ", count: 1000), to: "sluice-state.db")
        let before = try Data(contentsOf: place.folder.appendingPathComponent("sluice-state.db"))
        let result = try place.run(["run", "pipeline.json"])
        #expect(result.status == 3)
        #expect(result.errors.contains("is damaged"))
        #expect(try Data(contentsOf: place.folder.appendingPathComponent("sluice-state.db")) == before)
    }

    @Test("a time limit ends the run well")
    func duration() throws {
        let place = try Workplace()
        try place.write(Self.endless, to: "pipeline.json")
        let result = try place.run(["run", "pipeline.json", "--duration", "300ms"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try !place.lines(below: "out").isEmpty)
    }
}
