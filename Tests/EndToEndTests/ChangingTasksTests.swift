import Foundation
import Glibc
import TestSupport
import Testing

@Suite("SIGKILL while the number of tasks changes loses nothing in files, and doubles nothing", .serialized)
struct ChangingTasksTests {
    private static let lines = 150_000

    private func write(_ place: Workplace, tasks: Int, format: String) throws {
        try place.write(
            """
            { "name": "crash", "tasks.max": \(tasks),
              "source": { "connector": "file", "path": "a.ndjson,b.ndjson" },
              "sinks": [ { "connector": "file", "path": "out/${task}-${sequence}.ndjson", \(format) } ] }
            """, to: "pipeline.json")
    }

    /// The number of the newest state; 0 before the first.
    private func state(_ place: Workplace) -> Int {
        let folder = place.folder.appendingPathComponent("out/.sluice+crash+file.state").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { Int($0) }.max() ?? 0
    }

    @Test(arguments: [[2, 1], [2, 2, 1, 1]], [#""format": "ndjson""#, #""rotate.records": 10000"#])
    func killed(_ counts: [Int], _ format: String) throws {
        let place = try Workplace()
        try place.write(#"{"offset.flush.interval.ms": 10, "state.path": "state.db"}"#, to: "worker.json")
        for name in ["a", "b"] {
            let lines = (0..<Self.lines).map { #"{"n":"\#(name)\#($0)"}"# }
            try place.write(lines.joined(separator: "\n") + "\n", to: "\(name).ndjson")
        }
        var random = SystemRandomNumberGenerator()
        for round in 0..<12 {
            try write(place, tasks: counts[round % counts.count], format: format)
            let before = state(place)
            let process = try place.start(["run", "pipeline.json", "--once", "--worker", "worker.json"])
            while process.isRunning, state(place) == before { usleep(1000) }
            usleep(UInt32.random(in: 0..<60_000, using: &random))
            process.signal(SIGKILL)
            _ = try process.wait()
        }
        try write(place, tasks: 1, format: format)
        let last = try place.run(["run", "pipeline.json", "--once", "--worker", "worker.json"])
        #expect(last.status == 0, "\(last.errors)")
        let found = try place.lines(below: "out")
        #expect(found.count == 2 * Self.lines)
        #expect(Set(found).count == 2 * Self.lines)
    }
}
