import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A pipeline without an end shows what it has", .ownThread, .timeLimit(.minutes(15)))
struct FollowingTests {
    @Test("a file grows old and gets its name while nothing new comes")
    func rotatesWhileIdle() throws {
        let place = try Workplace()
        try place.write("{\"n\":1}\n{\"n\":2}\n", to: "in.ndjson")
        try place.write(
            """
            { "name": "follow", "source": { "connector": "file", "path": "in.ndjson", "follow": true },
              "sinks": [ { "connector": "file", "path": "out/${sequence}.ndjson", "rotate.interval.ms": 100 } ] }
            """, to: "pipeline.json")
        try place.write(#"{"offset.flush.interval.ms": 20}"#, to: "worker.json")
        let process = try place.start(["run", "pipeline.json", "--worker", "worker.json"])
        while process.isRunning, try place.lines(below: "out").isEmpty { usleep(5000) }
        #expect(try place.lines(below: "out") == [#"{"n":1}"#, #"{"n":2}"#])
        let offsets = try place.run(["offsets", "list"])
        #expect(offsets.status == 0, "\(offsets.errors)")
        process.signal(SIGTERM)
        #expect(try process.wait().status == 0)
    }
}
