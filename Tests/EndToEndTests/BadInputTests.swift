import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Bad input is one clear sentence, never a crash, a hang or half an output", .ownThread)
struct BadInputTests {
    private func run(
        _ place: Workplace, source: String, sink: String = #""connector": "file", "path": "out/${sequence}.ndjson""#,
        more: String = ""
    ) throws -> SluiceProcess.Result {
        try place.write(
            #"{ "name": "bad", \#(more) "source": { \#(source) }, "sinks": [ { \#(sink) } ] }"#, to: "pipeline.json")
        return try place.run(["run", "pipeline.json", "--once"])
    }

    private static let tolerant = #""errors.tolerance": "all", "restart.max.attempts": 0,"#

    @Test(
        "lines that are no JSON are rejected alone, and their neighbours arrive",
        arguments: [
            [UInt8](#"{"a":"#.utf8), Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8),
            Array((String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)).utf8),
        ])
    func badLine(line: [UInt8]) throws {
        let place = try Workplace()
        let text = Array("{\"n\":1}\n".utf8) + line + Array("\n{\"n\":2}\n".utf8)
        try Data(text).write(to: place.folder.appendingPathComponent("in.ndjson"))
        let file = #""connector": "file", "path": "in.ndjson""#
        let strict = try run(place, source: file, more: #""restart.max.attempts": 0,"#)
        #expect(strict.status == 1)
        #expect(strict.errors.contains("in.ndjson") && strict.errors.contains("line 2"), "\(strict.errors)")
        #expect(strict.errors.contains("errors.tolerance"))
        let dead =
            #""errors.tolerance": "all","#
            + #""errors.deadletterqueue": { "connector": "file", "path": "dead/${sequence}.ndjson" },"#
        let lenient = try run(place, source: file, more: dead)
        #expect(lenient.status == 0, "\(lenient.errors)")
        #expect(try place.lines(below: "out") == [#"{"n":1}"#, #"{"n":2}"#])
        #expect(try place.records(below: "dead").count == 1)
        #expect(lenient.errors.contains("dead-lettered 1"))
    }

    @Test("a line of 100 MB is passed over in bounded memory")
    func hugeLine() throws {
        let place = try Workplace()
        let path = place.folder.appendingPathComponent("in.ndjson")
        try Data("{\"n\":1}\n".utf8).write(to: path)
        let handle = try FileHandle(forWritingTo: path)
        try handle.seekToEnd()
        let piece = Data(repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<100 { try handle.write(contentsOf: piece) }
        try handle.write(contentsOf: Data("\n{\"n\":2}\n".utf8))
        try handle.close()
        let result = try run(place, source: #""connector": "file", "path": "in.ndjson""#, more: Self.tolerant)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.lines(below: "out") == [#"{"n":1}"#, #"{"n":2}"#])
        #expect(result.errors.contains("skipped 1"))
    }

    @Test("compressed input that is cut short is named, with what came before it delivered or nothing at all")
    func truncatedGzip() throws {
        let place = try Workplace()
        let pack = Process()
        pack.executableURL = URL(fileURLWithPath: "/bin/sh")
        pack.arguments = ["-c", "seq 1 200000 | gzip | head -c 100000 > in.ndjson.gz"]
        pack.currentDirectoryURL = place.folder
        try pack.run()
        pack.waitUntilExit()
        let result = try run(
            place, source: #""connector": "file", "path": "in.ndjson.gz""#, more: #""restart.max.attempts": 0,"#)
        #expect(result.status == 1)
        #expect(result.errors.contains("in.ndjson.gz"), "\(result.errors)")
        #expect(try place.lines(below: "out").enumerated().allSatisfy { $0.element == "\($0.offset + 1)" })
    }

    @Test(
        "a full disk is named, and no visible file is half written",
        .enabled(if: Tmpfs.isPossible, "needs root to mount a small tmpfs"))
    func diskFull() throws {
        let place = try Workplace()
        let disk = try Tmpfs(at: place.folder.appendingPathComponent("out"), kilobytes: 512)
        defer { disk.unmount() }
        let result = try run(
            place, source: #""connector": "emulator", "kinds": "posts", "max.records": 20000"#,
            sink: #""connector": "file", "path": "out/${sequence}.ndjson", "rotate.records": 100"#,
            more: #""errors.retry.timeout": 200, "restart.max.attempts": 0,"#)
        #expect(result.status == 1)
        #expect(result.errors.contains("No space left on device"), "\(result.errors)")
        for line in try place.lines(below: "out") { #expect(line.hasPrefix("{") && line.hasSuffix("}")) }
    }

    @Test(
        "a directory that may not be written is named",
        .enabled(if: getuid() != 0, "needs a user other than root, whom permissions stop"))
    func noPermission() throws {
        let place = try Workplace()
        let out = place.folder.appendingPathComponent("out")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        unsafe chmod(out.path, 0o500)
        let result = try run(place, source: #""connector": "emulator", "max.records": 5"#)
        #expect(result.status == 1)
        #expect(result.errors.contains("Permission denied"))
    }

    @Test(
        "a server that misbehaves for ever is given up in bounded time",
        .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)),
        arguments: ["hang", "reset", "garbage", "500"])
    func server(fault: String) throws {
        let place = try Workplace()
        let server = try StandIn("randomuser_stand_in", ["--fault", "\(fault):100000"])
        let result = try run(
            place,
            source: #""connector": "randomuser", "endpoint": "\#(server.url())", "request.timeout.ms": 200,"#
                + #""max.records": 5"#,
            more: #""errors.retry.timeout": 500, "errors.retry.delay.max.ms": 50, "restart.max.attempts": 0,"#)
        #expect(result.status == 1, "\(result.errors)")
        #expect(result.errors.contains("given up after"), "\(result.errors)")
        #expect(try place.lines(below: "out").isEmpty)
    }
}

/// A file system in memory of a few hundred kilobytes, to fill up.
struct Tmpfs {
    static let isPossible = getuid() == 0 && (try? Self.probe()) == true

    private let path: String

    init(at folder: URL, kilobytes: Int) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
        guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw CocoaError(.featureUnsupported)
        }
    }

    func unmount() { _ = unsafe umount2(path, Int32(MNT_DETACH)) }

    private static func probe() throws -> Bool {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-tmpfs-\(UUID().uuidString)")
        let disk = try Tmpfs(at: folder, kilobytes: 64)
        disk.unmount()
        try FileManager.default.removeItem(at: folder)
        return true
    }
}
