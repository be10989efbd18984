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

    @Test("the first signal drains and commits", arguments: [SIGINT, SIGTERM])
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
