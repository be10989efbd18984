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
        #expect(second.stored == [])
        #expect(try directory.hiddenNames + directory.visibleNames == [])
    }

    @Test("A crash between the state and the renames gives the files their names, once")
    func pendingRename() async throws {
        let run = try await SinkRun(directory("${sequence}"), "\"rotate.records\":10")
        try await run.put(0..<25)
        try await run.flush()
        try await run.stop()
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink")
        #expect(try directory.stateText(names).contains("\"finished\":[{"))
        try move(directory("000002"), to: names.part(2, of: "0"))
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
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink")
        try OpenFile(writing: names.part(0, of: "0"), truncating: false).truncate(to: 5)
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
        #expect(error?.message.contains("cannot find all committed bytes of \(names.part(0, of: "0"))") == true)
        #expect(try directory.visibleNames == [])
    }

    @Test(
        "A damaged state is a configuration error that names the file",
        arguments: ["{", "", "[]", "\0", "{\"format\":3}"])
    func damagedState(_ text: String) async throws {
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink")
        let run = try await SinkRun(directory("out"))
        try await run.put(0..<1)
        try await run.flush()
        try await run.stop()
        let path = try directory.statePath(names)
        try directory.write(text, to: String(path.dropFirst(directory.path.count + 1)))
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.hasPrefix("\(path) is not the state of a file sink") == true)
    }

    @Test("A stored position that cannot be read is an error that names it", arguments: [#"{\"n\":1.5}"#, "x"])
    func unreadablePosition(_ offset: String) async throws {
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink")
        let run = try await SinkRun(directory("out"))
        try await run.put(0..<1)
        try await run.flush()
        try await run.stop()
        let path = try directory.statePath(names)
        let text = try directory.stateText(names)
        let damaged = text.replacing(#"{\"n\":1}"#, with: offset)
        #expect(damaged != text)
        try directory.write(damaged, to: String(path.dropFirst(directory.path.count + 1)))
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(#"of partition {"p":1}, stored in \#(path), is no flat JSON"#) == true)
    }
}
