import CFaults
import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File sink: what a disk fails to keep", .ownThread)
struct DurabilityTests {
    let directory = TemporaryDirectory()

    private var names: SinkNames { SinkNames(directory: directory.path, pipeline: "test", sink: "sink") }

    /// A flush that fails, a second one that must not succeed, and a start that writes the records again.
    private func losesAndWritesAgain(_ fault: CallFault, _ kind: ConnectorError.Kind, _ path: String) async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory(path))
        try await first.put(0..<10)
        try await first.flush()
        let before = fault.count
        try await first.put(10..<20)
        let failure = CallFault(
            SLUICE_CALL_SYNC, in: directory, ".part", times: 1, failing: kind == .fatal ? EIO : ENOSPC)
        let error = await #expect(throws: ConnectorError.self) { try await first.flush() }
        #expect(error?.kind == kind)
        #expect(error?.message.contains("records since the last commit are read and written again") == true)
        #expect(failure.count == 1 && fault.count == before + 1)
        await #expect(throws: ConnectorError.self) { try await first.flush() }
        await #expect(throws: ConnectorError.self) { try await first.put(20..<30) }
        #expect(fault.count == before + 1, "nothing is synchronized again")
        try graveyard.bury(first)
        let second = try await SinkRun(directory(path))
        #expect(second.storedNumber == 10)
        try await second.put(10..<30)
        try await second.flush()
        try await second.stop()
    }

    @Test("A failed fsync is never repeated", arguments: [ConnectorError.Kind.restartable, .fatal])
    func failedSync(_ kind: ConnectorError.Kind) async throws {
        let syncs = CallFault(SLUICE_CALL_SYNC, in: directory, ".part")
        try await losesAndWritesAgain(syncs, kind, "out")
        #expect(try directory.text(of: "out") == numberLines(0..<30))
    }

    @Test("A folder that could not be synchronized after files got their names fails the task; the next start ends it")
    func failedFolderSync() async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("${sequence}"), "\"rotate.records\":10")
        // The first makes the part's name durable, the second that of the state's folder, and the third the file's.
        let failure = CallFault(SLUICE_CALL_SYNC, in: directory, directory.path, after: 2, times: 1, failing: EIO)
        try await first.put(0..<10)
        let error = await #expect(throws: ConnectorError.self) { try await first.flush() }
        #expect(error?.kind == .fatal)
        let count = failure.count
        await #expect(throws: ConnectorError.self) { try await first.flush() }
        #expect(failure.count == count)
        #expect(try directory.stateText(names).contains("\"finished\":[{"))
        try graveyard.bury(first)
        let second = try await SinkRun(directory("${sequence}"), "\"rotate.records\":10")
        #expect(second.storedNumber == 10)
        #expect(failure.count > count, "whether the name is durable is made sure of")
        #expect(try directory.text(of: "000000") == numberLines(0..<10))
        try await second.stop()
    }

    @Test("Where a write and taking it back both failed nothing is appended")
    func failedTruncate() async throws {
        let graveyard = Graveyard(directory)
        let first = try await SinkRun(directory("out"))
        try await first.put(0..<10)
        try await first.flush()
        try await first.put(10..<20)
        let writes = CallFault(SLUICE_CALL_WRITE, in: directory, ".part", times: 1, failing: ENOSPC)
        let cuts = CallFault(SLUICE_CALL_TRUNCATE, in: directory, ".part", times: 1, failing: EIO)
        let error = await #expect(throws: ConnectorError.self) { try await first.flush() }
        #expect(error?.kind == .fatal)
        await #expect(throws: ConnectorError.self) { try await first.flush() }
        await #expect(throws: ConnectorError.self) { try await first.put(20..<30) }
        #expect(writes.count == 1 && cuts.count == 1)
        try graveyard.bury(first)
        let second = try await SinkRun(directory("out"))
        try await second.put(10..<30)
        try await second.flush()
        try await second.stop()
        #expect(try directory.text(of: "out") == numberLines(0..<30))
    }

    @Test("A write that failed and was taken back is made again")
    func failedWrite() async throws {
        let run = try await SinkRun(directory("out"))
        let failure = CallFault(SLUICE_CALL_WRITE, in: directory, ".part", times: 1, failing: ENOSPC)
        try await run.put(0..<10)
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.kind == .retriable && failure.count == 1)
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out") == numberLines(0..<10))
    }

    @Test("A part that somebody shortened or removed is not gone on with", arguments: [true, false])
    func shortened(_ isRemoved: Bool) async throws {
        let path = directory("${topic}")
        let run = try await SinkRun(path, "\"open.files.max\":1")
        try await run.put([Given(json: "1", topic: "a"), Given(json: "1", topic: "b")])
        try await run.flush()
        for name in try directory.hiddenNames where name.hasSuffix(".part") {
            if isRemoved {
                try FileSystem.remove(directory(name))
            } else {
                try OpenFile(writing: directory(name), truncating: false).truncate(to: 1)
            }
        }
        try await run.put([Given(json: "2", topic: "a"), Given(json: "2", topic: "b")])
        await #expect(throws: ConnectorError.self) { try await run.flush() }
    }

    @Test(
        "Without renameat2 a file gets its name by a link, and without links too, and no other is overwritten",
        arguments: [nil, EPERM, ENOSYS])
    func withoutRename(_ reason: Int32?) async throws {
        let renames = CallFault(SLUICE_CALL_RENAME, in: directory, failing: EINVAL)
        let links = CallFault(SLUICE_CALL_LINK, in: directory, failing: reason)
        try directory.write("precious", to: "out")
        let run = try await SinkRun(directory("out"))
        try await run.put(0..<10)
        try await run.flush()
        try await run.stop()
        #expect(renames.count > 0 && links.count > 0)
        #expect(try directory.text(of: "out") == "precious")
        #expect(try directory.text(of: "out-1") == numberLines(0..<10))
        #expect(try directory.visibleNames == ["out", "out-1"])
        #expect(try directory.hiddenNames == [FileSystem.name(of: names.stateFolder)])
    }

    @Test("A crash between the link and removing the old name gives no second file")
    func linkedTwice() async throws {
        let run = try await SinkRun(directory("out"))
        try await run.put(0..<10)
        try await run.flush()
        try await run.stop()
        try #require(unsafe link(directory("out"), names.part(0, of: "0")) == 0)
        let second = try await SinkRun(directory("out"))
        try await second.stop()
        #expect(try directory.visibleNames == ["out"])
        #expect(try directory.hiddenNames.allSatisfy { !$0.hasSuffix(".part") })
    }

    @Test("A name that leads nowhere is taken for a name")
    func danglingLink() async throws {
        try #require(unsafe symlink("/nowhere/at/all", directory("out")) == 0)
        let run = try await SinkRun(directory("out"))
        try await run.put(0..<10)
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out-1") == numberLines(0..<10))
    }

    @Test("A state that cannot be read is a failure, and never none", arguments: [EIO, EACCES, EMFILE])
    func unreadableState(_ reason: Int32) async throws {
        let run = try await SinkRun(directory("out"))
        try await run.put(0..<10)
        try await run.flush()
        try await run.stop()
        let calls: [(sluice_call, String)] = [
            (SLUICE_CALL_READ_DIRECTORY, ".state"),
            (SLUICE_CALL_OPEN, String(try directory.statePath(names).dropFirst(directory.path.count))),
        ]
        for (call, end) in calls {
            let fault = CallFault(call, in: directory, end, failing: reason)
            await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
            #expect(fault.count > 0)
        }
        let text = try FileSystem.content(of: try directory.statePath(names))
        try directory.write(
            text.map { $0 == UInt8(ascii: "w") ? 0xFF : $0 },
            to: String(try directory.statePath(names).dropFirst(directory.path.count + 1)))
        let error = await #expect(throws: ConnectorError.self) { _ = try await SinkRun(directory("out")) }
        #expect(error?.message.contains("is not the state of a file sink") == true)
    }
}
