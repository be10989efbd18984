import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

/// A file system of 256 KiB in memory; nil where mounting is not permitted.
private final class SmallDisk: Sendable {
    static let isPermitted = SmallDisk() != nil

    let directory = TemporaryDirectory()

    init?() {
        guard unsafe mount("tmpfs", directory.path, "tmpfs", 0, "size=256k") == 0 else { return nil }
    }

    deinit { unsafe umount(directory.path) }
}

@Suite(
    "File sink: a full disk", .ownThread, .enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here"))
struct FullDiskTests {
    @Test("A full disk can be retried, shows no half file, and goes on once there is room")
    func full() async throws {
        let disk = try #require(SmallDisk())
        let directory = disk.directory
        try directory.write([UInt8](repeating: 0, count: 128 << 10), to: "other")
        let run = try await SinkRun(directory("out.ndjson"))
        try await run.put(0..<20_000)
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.kind == .retriable)
        #expect(error?.message.hasSuffix("No space left on device; free space on that file system") == true)
        #expect(try directory.visibleNames == ["other"])
        try FileSystem.remove(directory("other"))
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out.ndjson") == numberLines(0..<20_000))
    }

    @Test("What is put while the disk is full is taken once, or not at all")
    func puts() async throws {
        let disk = try #require(SmallDisk())
        let directory = disk.directory
        try directory.write([UInt8](repeating: 0, count: 250 << 10), to: "other")
        let run = try await SinkRun(directory("out.ndjson"))
        try await run.put(0..<50_000)
        await #expect(throws: ConnectorError.self) { try await run.put(50_000..<50_010) }
        try FileSystem.remove(directory("other"))
        await #expect(throws: ConnectorError.self) { try await run.put(50_000..<50_010) }
        try await run.stop()
        #expect(try directory.visibleNames == [])
    }

    @Test("A disk that is full when the state is replaced keeps the state that counts, and is retried")
    func state() async throws {
        let disk = try #require(SmallDisk())
        let directory = disk.directory
        let run = try await SinkRun(directory("out.ndjson"))
        try await run.put(0..<1)
        try await run.flush()
        let names = SinkNames(directory: directory.path, pipeline: "test", sink: "sink")
        let before = try directory.stateText(names)
        // The line fits behind the first one, in the same block.
        try await run.put(1..<2)
        var filler = try OpenFile(writing: directory("other"), truncating: true)
        let block = [UInt8](repeating: 0, count: 4096)
        while (try? unsafe block.withUnsafeBytes { try unsafe filler.write($0) }) != nil {}
        let error = await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(error?.kind == .retriable)
        #expect(error?.message.contains(names.stateFolder) == true, "\(error?.message ?? "")")
        #expect(try directory.stateText(names) == before)
        #expect(try FileSystem.names(in: names.stateFolder).count { $0 != "lock" } == 1)
        filler = try OpenFile(writing: directory("other"), truncating: true)
        try await run.flush()
        try await run.stop()
        #expect(try directory.text(of: "out.ndjson") == numberLines(0..<2))
    }
}
