import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import Formats

@Suite("Durable files", .ownThread)
struct FileTests {
    let directory = TemporaryDirectory()

    private func make(_ text: String, _ name: String) throws -> Bool {
        try unsafe Array(text.utf8).withUnsafeBytes { bytes in
            try unsafe FileSystem.make(directory(name), with: bytes, by: directory("\(name).new"))
        }
    }

    private func read(_ name: String) throws -> String {
        String(decoding: try FileSystem.content(of: directory(name)), as: UTF8.self)
    }

    @Test("A file is made once, and no temporary is left")
    func makes() throws {
        #expect(try make("old", "f"))
        #expect(try !make("new", "f"))
        #expect(try read("f") == "old")
        #expect(try FileSystem.names(in: directory.path) == ["f"])
    }

    @Test("What has the name stays, whatever it is")
    func keeps() throws {
        unsafe #expect(mkdir(directory("d"), 0o755) == 0)
        #expect(try !make("x", "d"))
        #expect(try FileSystem.names(in: directory.path) == ["d"])
    }

    @Test("A missing directory is named, with what to do")
    func missing() {
        let error = #expect(throws: FileFailure.self) { _ = try make("x", "no/f") }
        #expect(
            error?.description
                == "cannot create \(directory("no"))/f.new: No such file or directory; create it or correct the path")
        #expect(error?.connectorError.kind == .configuration)
    }

    @Test("A full disk can be retried and says so")
    func full() throws {
        let device = try OpenFile(writing: "/dev/full", truncating: false)
        let error = #expect(throws: FileFailure.self) {
            try unsafe [1, 2, 3].withUnsafeBytes { try unsafe device.write($0) }
        }
        #expect(error?.errno == ENOSPC)
        #expect(error?.connectorError.kind == .retriable)
        #expect(error?.description == "cannot write /dev/full: No space left on device; free space on that file system")
    }

    @Test(
        "Every reason has a kind",
        arguments: [
            (ENOSPC, ConnectorError.Kind.retriable), (EACCES, .configuration), (EROFS, .configuration),
            (ENOENT, .configuration),
            (EIO, .fatal),
        ])
    func kinds(_ reason: Int32, _ kind: ConnectorError.Kind) {
        let error = FileFailure("write", "/data/out.json", errno: reason).connectorError
        #expect(error.kind == kind)
        #expect(error.message.hasPrefix("cannot write /data/out.json: "))
    }

    @Test("Truncating goes on at the cut")
    func truncates() throws {
        let file = try OpenFile(writing: directory("t"), truncating: true)
        try unsafe Array("0123456789".utf8).withUnsafeBytes { try unsafe file.write($0) }
        try file.truncate(to: 4)
        try unsafe Array("x".utf8).withUnsafeBytes { try unsafe file.write($0) }
        #expect(try file.status().size == 5)
        #expect(try read("t") == "0123x")
    }

    @Test("Directories are made with those above them, and made again without complaint")
    func directories() throws {
        try FileSystem.makeDirectory(directory("a/b/c"))
        try FileSystem.makeDirectory(directory("a/b/c"))
        #expect(try FileSystem.status(of: directory("a/b/c")).isDirectory)
        #expect(try make("x", "file"))
        #expect(throws: FileFailure.self) { try FileSystem.makeDirectory(directory("file/d")) }
        #expect(throws: FileFailure.self) { try FileSystem.makeDirectory(directory("file")) }
    }

    @Test(
        "Paths are taken apart",
        arguments: [
            ("/a/b", "/a", "b"), ("/a", "/", "a"), ("a", ".", "a"), ("a/b.json", "a", "b.json"),
        ])
    func paths(_ path: String, _ parent: String, _ name: String) {
        #expect(FileSystem.parent(of: path) == parent)
        #expect(FileSystem.name(of: path) == name)
    }
}
