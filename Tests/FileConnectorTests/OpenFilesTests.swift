import CFaults
import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink: many files at once", .ownThread)
struct OpenFilesTests {
    let directory = TemporaryDirectory()

    /// Files of the directory that this process has open.
    private func openParts() throws -> Int {
        try FileSystem.names(in: "/proc/self/fd").count { name in
            var target = [CChar](repeating: 0, count: 4096)
            let count = unsafe readlink("/proc/self/fd/\(name)", &target, target.count - 1)
            guard count > 0 else { return false }
            let path = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return path.hasPrefix(directory.path) && path.hasSuffix(".part")
        }
    }

    @Test(
        "Each of 200 partitions has one file, whatever may be open", arguments: [1, 10, 100, 1000], Compression.allCases
    )
    func partitions(_ limit: Int, _ compression: Compression) async throws {
        let run = try await SinkRun(
            directory("${partition}-${sequence}"),
            "\"open.files.max\":\(limit),\"compression\":\"\(compression.rawValue)\"")
        for round in 0..<3 {
            try await run.put(
                (0..<200).map { Given(json: "\(round)", topic: "t", partition: $0) }, reaching: Int64(round))
            try await run.flush()
            #expect(try openParts() <= limit)
        }
        try await run.stop()
        let files = try directory.visibleNames
        #expect(files.count == 200)
        for name in files {
            #expect(try decompressed(FileSystem.content(of: directory(name)), compression) == "0\n1\n2\n")
        }
    }

    private let long = "\"\(String(repeating: "x", count: 300_000))\""

    @Test("A file with something unsynced is synchronized before its descriptor is given back")
    func unsynced() async throws {
        let run = try await SinkRun(directory("${topic}"), "\"open.files.max\":1")
        let syncs = CallFault(SLUICE_CALL_SYNC, in: directory, ".part")
        try await run.put([Given(json: long, topic: "a")])
        #expect(syncs.count == 0)
        try await run.put([Given(json: long, topic: "b")])
        #expect(syncs.count == 1)
        try await run.flush()
        #expect(syncs.count == 2)
        try await run.stop()
    }

    @Test("Files without unsynced data are closed first, those used longest ago before others")
    func order() async throws {
        let run = try await SinkRun(directory("${topic}"), "\"open.files.max\":3")
        try await run.put(["a", "b"].map { Given(json: long, topic: $0) })
        try await run.flush()
        let syncs = CallFault(SLUICE_CALL_SYNC, in: directory, ".part")
        let opens = CallFault(SLUICE_CALL_OPEN, in: directory, ".part")
        let short = ["a", "b"].map { Given(json: "1", topic: $0) }
        try await run.put([Given(json: long, topic: "c")] + short)
        #expect(syncs.count == 0 && opens.count == 1)
        // c was used longest ago, and is unsynced.
        try await run.put([Given(json: long, topic: "d")])
        #expect(syncs.count == 0 && opens.count == 2)
        try await run.put([Given(json: long, topic: "c")])
        #expect(opens.count == 2, "still open")
        try await run.put([Given(json: long, topic: "a")])
        #expect(syncs.count == 0 && opens.count == 3)
        // Of c, d and a, which are all unsynced, d was used longest ago.
        try await run.put([Given(json: long, topic: "b")])
        #expect(syncs.count == 1 && opens.count == 4)
        try await run.put(["a", "b", "c"].map { Given(json: long, topic: $0) })
        #expect(opens.count == 4)
        try await run.flush()
        try await run.stop()
    }

    @Test("A failed fsync of a file that is to be closed fails the task")
    func failedClose() async throws {
        let run = try await SinkRun(directory("${topic}"), "\"open.files.max\":1")
        try await run.put([Given(json: long, topic: "a")], reaching: 1)
        let fault = CallFault(SLUICE_CALL_SYNC, in: directory, ".part", times: 1, failing: EIO)
        try await run.put([Given(json: long, topic: "b")], reaching: 2)
        #expect(fault.count == 1)
        await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(fault.count == 1)
    }

    @Test("Where the process may open no more, files are closed for others")
    func noDescriptors() async throws {
        let run = try await SinkRun(directory("${topic}"))
        try await run.put(["a", "b"].map { Given(json: "1", topic: $0) })
        try await run.flush()
        let fault = CallFault(SLUICE_CALL_OPEN, in: directory, ".part", times: 1, failing: EMFILE)
        try await run.put([Given(json: "1", topic: "c")])
        try await run.flush()
        #expect(fault.count == 2)
        #expect(try openParts() == 2)
        try await run.stop()
        #expect(try directory.visibleNames == ["a", "b", "c"])
    }

    @Test("Files that go on after a crash go on under their names")
    func afterCrash() async throws {
        let graveyard = Graveyard(directory)
        let settings = "\"open.files.max\":5"
        let first = try await SinkRun(directory("${partition}-${sequence}"), settings)
        try await first.put((0..<30).map { Given(json: "1", partition: $0) }, reaching: 1)
        try await first.flush()
        try await first.put((0..<30).map { Given(json: long, partition: $0) }, reaching: 2)
        try graveyard.bury(first)
        let second = try await SinkRun(directory("${partition}-${sequence}"), settings)
        try await second.put((0..<30).map { Given(json: "2", partition: $0) }, reaching: 2)
        try await second.flush()
        try await second.stop()
        #expect(try directory.visibleNames.count == 30)
        for name in try directory.visibleNames { #expect(try directory.text(of: name) == "1\n2\n") }
    }
}
