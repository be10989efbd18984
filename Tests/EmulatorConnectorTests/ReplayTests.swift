import ConnectorKit
import ConnectorTestKit
import Formats
import TestSupport
import Testing

@testable import EmulatorConnector

@Suite("Emulator: replay", .ownThread)
struct ReplayTests {
    let directory = TemporaryDirectory()

    private func write(_ text: String, _ name: String) throws -> String {
        let file = try OpenFile(writing: directory(name), truncating: true)
        try unsafe Array(text.utf8).withUnsafeBytes { try unsafe file.write($0) }
        return directory(name)
    }

    private func lines(_ path: String, positions: [Position] = [], most: Int) async throws -> SourceDriver {
        try await run("\"replay.path\":\"\(path)\",\"max.records\":\(most)", positions: positions)
    }

    @Test(
        "A file comes again and again, and goes on in the middle",
        arguments: [
            ("a.ndjson", "{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}", ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]),
            ("a.csv", "a,b\n1,\"x\ny\"\n2,z\n", ["{\"a\":\"1\",\"b\":\"x\\ny\"}", "{\"a\":\"2\",\"b\":\"z\"}"]),
        ])
    func repeats(_ name: String, _ text: String, _ rows: [String]) async throws {
        let path = try write(text, name)
        let first = try await lines(path, most: 5)
        let rest = try await lines(path, positions: first.positions, most: 8)
        #expect(first.lines + rest.lines == (0..<8).map { rows[$0 % rows.count] })
        #expect(first.topics == ["emulator.replay"])
    }

    @Test("An empty file and a missing one are configuration errors", arguments: ["", "\n"])
    func empty(_ text: String) async throws {
        for path in [try write(text, "e.ndjson"), directory("missing")] {
            let error = await #expect(throws: ConnectorError.self) { _ = try await lines(path, most: 1) }
            #expect(error?.kind == .configuration)
        }
    }
}
