import CFaults
import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink: names from the data, and the folders they lead to", .ownThread)
struct OutputFolderTests {
    let directory = TemporaryDirectory()

    private func write(_ path: String, _ topics: [String]) async throws {
        let run = try await SinkRun(directory(path))
        for (number, topic) in topics.enumerated() {
            try await run.put([Given(json: "\(number)", topic: topic)], reaching: Int64(number))
        }
        try await run.flush()
        try await run.stop()
    }

    @Test(
        "A long topic is cut with a hash, at a character, and another one has another file",
        arguments: ["${topic}-${sequence}.ndjson.gz", "${topic}/${sequence}", "x/${topic}"], ["t", "é", "🙂"])
    func longTopics(_ path: String, _ letter: String) async throws {
        let start = String(repeating: letter, count: 248 / letter.utf8.count)
        let topics = [start + "a", start + "b", start]
        try await write(path, topics)
        let second = try await SinkRun(directory(path))
        try await second.stop()
        let files = try allFiles(directory.path)
        #expect(
            try files.map { try String(decoding: FileSystem.content(of: $0), as: UTF8.self) }.sorted() == [
                "0\n", "1\n", "2\n",
            ])
        for file in files {
            #expect(FileSystem.name(of: file).utf8.count <= 255)
            #expect(!file.unicodeScalars.contains("\u{FFFD}"))
        }
    }

    private func allFiles(_ folder: String) throws -> [String] {
        try FileSystem.names(in: folder).filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return try FileSystem.status(of: path).isDirectory ? try allFiles(path) : [path]
        }
    }

    @Test("A name that has room for no number still has one")
    func longName() async throws {
        let name = String(repeating: "n", count: 250) + ".json"
        try directory.write("precious", to: name)
        try await write(name, ["t"])
        #expect(try directory.text(of: name) == "precious")
        #expect(try directory.text(of: String(repeating: "n", count: 248) + "-1.json") == "0\n")
    }

    @Test("Topics that differ in their bytes have files of their own, in the folder")
    func byBytes() async throws {
        let topics = ["\u{E9}", "e\u{301}", "/\u{301}../../x", "a/b", "a_b", "..", ".", "\0", ""]
        try await write("in/${topic}.txt", topics)
        let names = try FileSystem.names(in: directory("in"))
        #expect(names.count { !$0.hasPrefix(".") } == topics.count)
        #expect(try FileSystem.names(in: directory.path).filter { !$0.hasPrefix(".") } == ["in"])
        let all = try allFiles(directory("in")).map { try String(decoding: FileSystem.content(of: $0), as: UTF8.self) }
        #expect(all.sorted() == topics.indices.map { "\($0)\n" })
    }

    @Test("A path without room for a topic is refused")
    func noRoom() {
        let long = String(repeating: "n", count: 230)
        for path in ["/x/\(long)${topic}", "/x/${topic}\(long)/y", "/x/\(long)\(long)"] {
            #expect(throws: ConfigProblems.self) {
                _ = try ConfigValues(json: "{\"path\":\"\(path)\"}", definition: FileSink.definition.config)
            }
        }
    }

    @Test("An unfinished file lies in the folder of the finished one, and is found there after a crash")
    func partsBesideTargets() async throws {
        let graveyard = Graveyard(directory)
        let path = directory("${topic}/${sequence}")
        let first = try await SinkRun(path)
        try await first.put([Given(json: "1", topic: "a")], reaching: 1)
        try await first.flush()
        #expect(try FileSystem.names(in: directory("a")).count == 1)
        // Enough to be written before any flush.
        let long = "\"\(String(repeating: "x", count: 300_000))\""
        try await first.put([Given(json: long, topic: "b"), Given(json: long, topic: "a")], reaching: 2)
        #expect(try FileSystem.names(in: directory("b")).count == 1)
        try graveyard.bury(first)
        let second = try await SinkRun(path)
        #expect(second.storedNumber == 1)
        #expect(try FileSystem.names(in: directory("b")) == [])
        try await second.put([Given(json: "2", topic: "a")], reaching: 2)
        try await second.flush()
        try await second.stop()
        #expect(try directory.text(of: "a/000000") == "1\n2\n")
    }

    @Test("Parents of new folders are synchronized before the state is, and when folders were there as well")
    func parents() async throws {
        let run = try await SinkRun(directory("deep/${topic}/x/${sequence}"))
        // Makes the folder of the state.
        try await run.put([Given(json: "1", topic: "z")])
        try await run.flush()
        let syncs = CallFault(SLUICE_CALL_SYNC, in: directory, "/deep")
        try await run.put([Given(json: "1", topic: "a"), Given(json: "1", topic: "b")])
        try await run.flush()
        #expect(syncs.count == 1, "once for both")
        try await run.stop()
    }

    @Test("A folder whose parent could not be synchronized fails the task", arguments: ["/deep", "/deep/a"])
    func parentFails(_ end: String) async throws {
        let run = try await SinkRun(directory("deep/${topic}/x/${sequence}"))
        try await run.put([Given(json: "1", topic: "z")])
        try await run.flush()
        try await run.put([Given(json: "1", topic: "a")])
        let fault = CallFault(SLUICE_CALL_SYNC, in: directory, end, failing: ENOSPC)
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.kind == .restartable && fault.count == 1)
    }

    @Test("A folder that was removed while it was empty is made again")
    func removedFolder() async throws {
        let run = try await SinkRun(directory("${topic}/${sequence}"), "\"rotate.records\":1")
        try await run.put([Given(json: "1", topic: "a")])
        try await run.flush()
        try FileSystem.remove(directory("a/000000"))
        try #require(unsafe rmdir(directory("a")) == 0)
        try await run.put([Given(json: "2", topic: "a")])
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "a/000001") == "2\n")
    }
}

@Suite(
    "File sink: a folder on another file system", .ownThread,
    .enabled(if: OtherDisk.isPermitted, "mounting a tmpfs is not permitted here"))
struct OtherDiskTests {
    @Test("Files get their names in one step")
    func rotates() async throws {
        let disk = try #require(OtherDisk())
        let run = try await SinkRun(disk.directory("${topic}/${sequence}"))
        try await run.put([Given(json: "1", topic: "a"), Given(json: "2", topic: "b")])
        try await run.flush()
        try await run.stop()
        #expect(try disk.directory.text(of: "a/000000") == "1\n")
        #expect(try disk.directory.text(of: "b/000001") == "2\n")
    }
}

/// A directory in which `a` is another file system; nil where mounting is not permitted.
private final class OtherDisk: Sendable {
    static let isPermitted = OtherDisk() != nil

    let directory = TemporaryDirectory()

    init?() {
        guard unsafe mkdir(directory("a"), 0o755) == 0,
            unsafe mount("tmpfs", directory("a"), "tmpfs", 0, "size=1m") == 0
        else { return nil }
    }

    deinit { unsafe umount(directory("a")) }
}
