import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink: after a crash", .ownThread)
struct RecoveryTests {
    let directory = TemporaryDirectory()

    static let kinds: [(String, Compression)] = [
        ("\"format\":\"ndjson\"", .none), ("\"format\":\"ndjson\",\"compression\":\"gzip\"", .gzip),
        ("\"format\":\"ndjson\",\"compression\":\"zstd\"", .zstd),
    ]

    /// Sinks whose process was killed: nothing of them is closed or finished.
    private final class Graveyard {
        private var runs: [SinkRun] = []
        private let directory: TemporaryDirectory

        init(_ directory: TemporaryDirectory) { self.directory = directory }

        /// Keeps the sink from closing anything; its lock goes, as the system takes it from a process that is killed.
        func bury(_ run: SinkRun) throws {
            runs.append(run)
            for name in try FileSystem.names(in: directory.path) where name.hasSuffix(".lock") {
                try FileSystem.remove(directory(name))
            }
        }
    }

    @Test("Bytes behind the last flush are cut off, and the positions are those of the flush", arguments: kinds)
    func cutsBack(_ settings: String, _ compression: Compression) async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"), settings)
        #expect(first.storedNumber == nil)
        try await first.put(0..<30_000)
        try await first.flush()
        try await first.put(30_000..<90_000)
        try graveyard.bury(first)
        let second = try await SinkRun(directory("out"), settings)
        #expect(second.storedNumber == 30_000)
        try await second.put(30_000..<40_000)
        try await second.flush()
        try await second.stop()
        #expect(try decompressed(FileSystem.content(of: directory("out")), compression) == numberLines(0..<40_000))
    }

    @Test("A crash before the first flush leaves nothing once the sink is back")
    func beforeFirstFlush() async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"))
        try await first.put(0..<100_000)
        #expect(try directory.hiddenNames.count == 1)
        try graveyard.bury(first)
        let second = try await SinkRun(directory("out"))
        #expect(second.stored == nil)
        #expect(try directory.hiddenNames + directory.visibleNames == [])
    }

    @Test("A crash between the state and the renames gives the files their names, once")
    func pendingRename() async throws {
        let run = try await SinkRun(directory("${sequence}"), "\"rotate.records\":10")
        try await run.put(0..<25)
        try await run.flush()
        try await run.stop()
        let state = try #require(try directory.hiddenNames.first)
        let text = try directory.text(of: state)
        #expect(text.contains("\"finished\":[{"))
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink", task: 0)
        try FileSystem.rename(directory("000002"), to: names.temporary(2))
        for _ in 0..<2 { _ = try await SinkRun(directory("${sequence}"), "\"rotate.records\":10") }
        #expect(try directory.visibleNames == ["000000", "000001", "000002"])
        #expect(try directory.text(of: "000002") == numberLines(20..<25))
    }

    @Test("A JSON array goes on inside, and is whole at the end")
    func json() async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"), "\"format\":\"json\"")
        try await first.put(0..<1)
        try await first.flush()
        try graveyard.bury(first)
        let second = try await SinkRun(directory("out"), "\"format\":\"json\"")
        try await second.put(1..<2)
        try await second.flush()
        try await second.stop()
        #expect(try directory.text(of: "out") == "[\n{\"n\":0},\n{\"n\":1}\n]\n")
    }

    @Test("A CSV header is written once")
    func csv() async throws {
        let settings = "\"format\":\"csv\",\"fields\":\"n\""
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"), settings)
        try await first.put(0..<1)
        try await first.flush()
        try graveyard.bury(first)
        let second = try await SinkRun(directory("out"), settings)
        try await second.put(1..<2)
        try await second.flush()
        try await second.stop()
        #expect(try directory.text(of: "out") == "n\n0\n1\n")
    }

    @Test("A restart with nothing to add finishes the file as it was committed")
    func nothingToAdd() async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"))
        try await first.put(0..<10)
        try await first.flush()
        try await first.put(10..<100_000)
        try graveyard.bury(first)
        let second = try await SinkRun(directory("out"))
        try await second.stop()
        #expect(try directory.text(of: "out") == numberLines(0..<10))
    }

    @Test("What tasks left that no longer exist is taken over, their positions too")
    func fewerTasks() async throws {
        let graveyard = Graveyard(directory)
        for index in 0..<3 {
            let run = try await SinkRun(directory("${task}"), task: TaskSlot(index: index, count: 3))
            try await run.put([Given(json: "\(index)")], reaching: Int64(index))
            try await run.flush()
            try graveyard.bury(run)
        }
        let run = try await SinkRun(directory("${task}"))
        try await run.stop()
        #expect(try directory.visibleNames == ["0", "1", "2"])
        #expect(try directory.text(of: "2") == "2\n")
        #expect(try directory.hiddenNames.count == 1)
    }

    @Test("Committed bytes that are missing are a failure that says so, and nothing is touched")
    func shortened() async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"))
        try await first.put(0..<10)
        try await first.flush()
        try graveyard.bury(first)
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink", task: 0)
        try OpenFile(writing: names.temporary(0), truncating: false).truncate(to: 5)
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
        #expect(error?.message.contains("cannot find all committed bytes of \(names.temporary(0))") == true)
        #expect(try directory.visibleNames == [])
    }

    @Test("A damaged state is a configuration error that names the file")
    func damagedState() async throws {
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink", task: 0)
        try directory.write("{", to: FileSystem.name(of: names.state))
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.hasPrefix("\(names.state) is not the state of a file sink") == true)
    }
}
