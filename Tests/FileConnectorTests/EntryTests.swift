import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@_silgen_name("setfsuid") private func setfsuid(_ user: UInt32) -> Int32

@Suite("File source: entries that cannot be read", .ownThread)
struct EntryTests {
    let directory = TemporaryDirectory()

    private func makeSpecials() throws {
        unsafe #expect(mkfifo(directory("pipe.ndjson"), 0o644) == 0)
        unsafe #expect(symlink("/dev/zero", directory("device.ndjson")) == 0)
        unsafe #expect(symlink(directory("nowhere"), directory("dangling.ndjson")) == 0)
        unsafe #expect(symlink(directory("loop.ndjson"), directory("loop.ndjson")) == 0)
        unsafe #expect(mkdir(directory("folder.ndjson"), 0o755) == 0)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            unsafe path.copyBytes(from: directory("s.ndjson").utf8)
        }
        let bound = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
    }

    @Test("Pipes, sockets, devices, broken links: the others are read, each is told once", arguments: [true, false])
    func specials(_ follows: Bool) async throws {
        try makeSpecials()
        try directory.write(numberLines(0..<10), to: "a.ndjson")
        try directory.write(numberLines(10..<20), to: "z.ndjson")
        let tail = try await Tail("\(directory.path)/*.ndjson", follows ? "\"follow\":true" : "")
        try await tail.read(for: .seconds(follows ? 30 : 0))
        try await tail.read()
        #expect(tail.numbers == Array(0..<20))
        #expect(tail.count("unreadable") == 4)
        for why in ["a named pipe", "a socket", "a device", "Too many levels"] {
            #expect(tail.driver.log.messages.count { $0.contains(why) } == 1, "\(why)")
        }
    }

    @Test("What takes a file's place between the listing and the open never blocks or fails the source")
    func replacedBeforeOpen() async throws {
        for name in ["a", "b", "c", "d"] { try directory.write(numberLines(0..<5), to: "\(name).ndjson") }
        let driver = try await SourceDriver(
            FileSource.definition, "{\"path\":\"\(directory.path)/*\",\"rotate.wait.ms\":0}")
        try FileSystem.remove(directory("a.ndjson"))
        try FileSystem.remove(directory("b.ndjson"))
        unsafe #expect(mkfifo(directory("b.ndjson"), 0o644) == 0)
        try FileSystem.remove(directory("c.ndjson"))
        unsafe #expect(mkdir(directory("c.ndjson"), 0o755) == 0)
        #expect(try await driver.run())
        #expect(driver.lines.count == 5)
    }

    @Test("A folder and a file that are closed to us hide nothing else, and are read once they are open")
    func closed() async throws {
        try #require(getuid() == 0, "only root can become another user for the calls of one thread")
        for folder in ["one", "two"] {
            unsafe #expect(mkdir(directory(folder), 0o755) == 0)
            try directory.write(numberLines(0..<5), to: "\(folder)/a.ndjson")
        }
        try directory.write(numberLines(0..<5), to: "two/b.ndjson")
        unsafe #expect(chmod(directory("one"), 0) == 0 && chmod(directory("two/b.ndjson"), 0) == 0)
        _ = setfsuid(65534)
        defer { _ = setfsuid(0) }
        let tail = try await Tail("\(directory.path)/**/*.ndjson")
        try await tail.read(for: .seconds(30))
        #expect(tail.lines.count == 5)
        #expect(tail.count("unreadable") == 2)
        unsafe #expect(setfsuid(0) == 65534 && chmod(directory("one"), 0o755) == 0)
        unsafe #expect(chmod(directory("two/b.ndjson"), 0o644) == 0)
        _ = setfsuid(65534)
        try await tail.read(for: .seconds(30))
        #expect(tail.lines.count == 15)
    }

    @Test("A name that says no format is told, and the others are read")
    func unknownFormat() async throws {
        try directory.write(numberLines(0..<5), to: "a.ndjson")
        try directory.write("?", to: "b.bin")
        let tail = try await Tail(directory.path, "")
        try await tail.read()
        #expect(tail.numbers == Array(0..<5))
        #expect(tail.driver.log.text.contains("b.bin holds; set format"))
    }

    @Test("Names that are no UTF-8 are told, and names are compared by their bytes")
    func names() async throws {
        let bytes: [CChar] = directory.path.utf8.map { CChar(bitPattern: $0) } + [0x2F, -1, 0x2E, 0x6C, 0x6F, 0x67, 0]
        let descriptor = unsafe open(bytes, O_CREAT | O_WRONLY, 0o644)
        close(descriptor)
        // Both are é, by one character and by two.
        try directory.write("one\n", to: "\u{E9}.log")
        try directory.write("two\n", to: "e\u{301}.log")
        let tail = try await Tail("\(directory.path)/*.log")
        try await tail.read()
        #expect(tail.lines.sorted() == ["\"one\"", "\"two\""])
        #expect(tail.driver.log.text.contains("1 names in the folder are not UTF-8"))
        try LogWriter(directory("\u{E9}.log")).write("three\n")
        try await tail.read()
        #expect(tail.lines.last == "\"three\"")
    }
}

@Suite("File source: many files", .ownThread)
struct ManyFilesTests {
    let directory = TemporaryDirectory()

    @Test("No more files are open than allowed, and nothing written to the others is lost")
    func openFiles() async throws {
        let writers = try (0..<40).map { try LogWriter(directory("\($0).ndjson")) }
        let tail = try await Tail("\(directory.path)/*", "\"follow\":true,\"open.files.max\":4")
        for round in 0..<5 {
            for (number, writer) in writers.enumerated() {
                try writer.write(number * 10 + round..<number * 10 + round + 1)
                try writer.write(round % 2 == 0 ? "" : "{\"n\":")
                if round % 2 == 1 { try writer.write("\(-number)}\n") }
            }
            try await tail.read()
            #expect(try FileConnectorTests.openFiles(below: directory.path) <= 40 + 4)
        }
        let expected = (0..<40).flatMap { number in (0..<5).map { number * 10 + $0 } + [-number, -number] }
        #expect(tail.numbers.sorted() == expected.sorted())
    }

    @Test("A start opens the files that are there, once each, whatever else is stored")
    func start() async throws {
        for number in 0..<60 { try directory.write(numberLines(0..<3), to: "\(number).ndjson") }
        let tail = try await Tail("\(directory.path)/*")
        try await tail.restart {
            for number in 10..<60 { try FileSystem.remove(directory("\(number).ndjson")) }
        }
        try await tail.read()
        #expect(tail.lines.count == 180)
        #expect(tail.count("opens") == 10)
        #expect(tail.count("looks") == 10)
    }

    @Test("Positions of vanished files leave the store: those of the former layout at once, others after an hour")
    func forgotten() async throws {
        for number in 0..<6 { try directory.write(numberLines(0..<3), to: "\(number).ndjson") }
        let tail = try await Tail("\(directory.path)/*")
        try await tail.read()
        let former = (6..<20).map { number in
            Position(
                partition: ["file": .string(directory("\(number).ndjson"))],
                offset: ["bytes": 24, "lines": 3, "inode": .int(Int64(1 << 40 + number)), "fingerprint": "24-1"])
        }
        let elsewhere = Position(
            partition: ["file": "/nowhere/mounted/a.ndjson", "inode": 5],
            offset: ["bytes": 24, "lines": 3, "device": 12345, "time": .int(1_759_990_000_000)])
        try await tail.restart(from: tail.stored + former + [elsewhere]) {
            for number in 3..<6 { try FileSystem.remove(directory("\(number).ndjson")) }
        }
        try await tail.read()
        #expect(tail.stored.count == 6 + 1, "deleted just now, and a file system that may be away")
        tail.driver.clock.advance(.seconds(3700))
        try await tail.read()
        #expect(tail.stored.count == 3 + 1)
    }

    @Test("Files that rest cost nothing, and one that is written to costs what it takes", arguments: [1, 300])
    func idle(_ count: Int) async throws {
        let writers = try (0..<count).map { try LogWriter(directory("\($0).ndjson")) }
        for writer in writers { try writer.write(0..<3) }
        let tail = try await Tail("\(directory.path)/*")
        try await tail.read()
        try await tail.read(for: .seconds(1))
        let before = (tail.count("looks"), tail.count("opens"), tail.count("listings"))
        try await tail.read(for: .seconds(6))
        #expect((tail.count("looks"), tail.count("opens"), tail.count("listings")) == before)
        try writers[count / 2].write(3..<4)
        try await tail.read()
        #expect(tail.lines.count == 3 * count + 1)
        #expect(tail.count("looks") == before.0 + 1 && tail.count("opens") == before.1)
    }

    @Test("Where no one tells of changes, files are looked at each time")
    func unwatched() async throws {
        let other = TemporaryDirectory()
        let writer = try LogWriter(other("a.ndjson"))
        try writer.write(0..<3)
        unsafe #expect(symlink(other("a.ndjson"), directory("a.ndjson")) == 0)
        let tail = try await Tail("\(directory.path)/*")
        try await tail.read()
        try await tail.read()
        for number in 3..<6 {
            try writer.write(number..<number + 1)
            try await tail.read()
            #expect(tail.numbers == Array(0...number))
        }
    }

    @Test("Reading many files costs the same for each", arguments: [10, 400])
    func linear(_ count: Int) async throws {
        for number in 0..<count { try directory.write(numberLines(0..<2), to: "\(number).ndjson") }
        let tail = try await Tail("\(directory.path)/*", "")
        try await tail.read()
        #expect(tail.lines.count == 2 * count)
        #expect(tail.count("opens") == count && tail.count("looks") == count)
    }
}
