import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("The state that all tasks of a file sink share")
struct SharedStateTests {
    let directory = TemporaryDirectory()

    private var names: SinkNames { SinkNames(directory: directory.path, pipeline: "p", sink: "s") }

    private func shared(_ task: Int) -> SharedState {
        SharedState(names, SinkOwner(id: String(task), worker: "w", task: task))
    }

    private func raise(_ task: Int, _ state: inout SinkState) { state.sequences[task, default: 0] += 1 }

    @Test("No change is lost, however many make them at once")
    func concurrent() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    let shared = SharedState(self.names, SinkOwner(id: String(task), worker: "w", task: task))
                    for _ in 0..<50 { try shared.update { $0.sequences[task, default: 0] += 1 } }
                }
            }
            try await group.waitForAll()
        }
        #expect(try shared(9).read().sequences == [0: 50, 1: 50, 2: 50, 3: 50])
        #expect(try FileSystem.names(in: names.stateFolder).count == 2)
    }

    @Test("A change that comes late, after others whose states are gone already, is made again", arguments: 1...4)
    func late(_ others: Int) throws {
        let (slow, fast) = (shared(0), shared(1))
        try slow.update { raise(0, &$0) }
        var tries = 0
        try slow.update { state throws(ConnectorError) in
            tries += 1
            raise(0, &state)
            guard tries == 1 else { return }
            // The lock is not waited for without end.
            for _ in 0..<others { try fast.update { raise(1, &$0) } }
        }
        #expect(tries == 2)
        #expect(try shared(9).read().sequences == [0: 2, 1: others])
        #expect(try fast.read() == slow.read())
    }

    @Test("A change that is refused leaves no trace")
    func refused() throws {
        let state = shared(0)
        try state.update { raise(0, &$0) }
        let before = try FileSystem.names(in: names.stateFolder)
        #expect(throws: ConnectorError.self) {
            try state.update { state throws(ConnectorError) in
                raise(0, &state)
                throw .fatal("no")
            }
        }
        #expect(try FileSystem.names(in: names.stateFolder) == before)
        #expect(try shared(0).read().sequences == [0: 1])
    }

    @Test("A state is read as it was written")
    func roundTrip() throws {
        var state = SinkState()
        let entry = OutputEntry(
            key: "k\"1", temporary: "/t/\u{1}", period: "2026", final: "/f", bytes: 7, records: 3)
        state.parts = [
            SinkState.Part(owner: "a", task: 0, entry: entry, isFinished: false),
            SinkState.Part(owner: "b", task: 1, entry: entry, isFinished: true),
        ]
        state.owners["a"] = SinkState.Record(owner: SinkOwner(id: "a", worker: "w", task: 0), changes: 4)
        state.positions = [
            ["p": "x\"y"]: SinkState.Reached(offset: ["n": 1], epoch: 3, task: 1),
            ["p": 2]: SinkState.Reached(offset: nil, epoch: 1, task: 0),
        ]
        state.sequences = [0: 5, 3: 1]
        state.imported = [1, 2]
        #expect(try SinkState(json: state.json, at: "here") == state)
    }

    @Test("Pipelines of different names never share a state", arguments: ["a+b", "a/b", "a_b", "a%2Bb", "a"])
    func distinct(_ name: String) {
        let others = ["a+b", "a/b", "a_b", "a%2Bb", "a"].filter { $0 != name }
        let folder = SinkNames(directory: "/d", pipeline: name, sink: "s").stateFolder
        for other in others { #expect(SinkNames(directory: "/d", pipeline: other, sink: "s").stateFolder != folder) }
        #expect(SinkNames(directory: "/d", pipeline: "s", sink: name).stateFolder.split(separator: "/").count == 2)
    }
}
