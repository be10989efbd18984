import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source: copies that a rotation leaves", .ownThread)
struct RotationCopyTests {
    let directory = TemporaryDirectory()
    private var log: String { directory("app.ndjson") }
    private var pattern: String { "\(directory.path)/app.ndjson*" }

    @Test("Two lines, two more, compressed in place of the original, and a new file, all between two looks")
    func compressedAtOnce() async throws {
        try LogWriter(log).write(0..<2)
        let tail = try await Tail(pattern)
        try await tail.read()
        try LogWriter(log).write(2..<4)
        try directory.write(try compressed([numberLines(0..<4)], .gzip), to: "app.ndjson.gz")
        try FileSystem.remove(log)
        try LogWriter(log).write(4..<6)
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<6))
        try await tail.restart()
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<6))
    }

    @Test("Cut off after a copy that was compressed, twice, while nothing ran", arguments: [Compression.gzip, .zstd])
    func compressedCopies(_ compression: Compression) async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<500)
        let tail = try await Tail(pattern)
        try await tail.restart {
            try writer.write(500..<550)
            let first = try compressed([numberLines(0..<550)], compression)
            try directory.write(first, to: "app.ndjson.2\(compression.fileSuffix)")
            try cutOff(log)
            usleep(20_000)
            try directory.write(
                try compressed([numberLines(550..<900)], compression), to: "app.ndjson.1\(compression.fileSuffix)")
            try writer.write(900..<1500)
        }
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<1500))
    }

    @Test("A compressed copy that grows while its original is there is not read before it is known")
    func growingCompressed() async throws {
        try LogWriter(log).write(0..<1000)
        let tail = try await Tail(pattern)
        try await tail.read()
        let bytes = try compressed([numberLines(0..<1000)], .gzip)
        for end in [0, 2, 40, 600, bytes.count] {
            let descriptor = unsafe open(log + ".1.gz", O_WRONLY | O_CREAT, 0o644)
            #expect(unsafe pwrite(descriptor, bytes, end, 0) == end)
            close(descriptor)
            try await tail.read(for: .seconds(2))
        }
        try FileSystem.remove(log)
        // The number of the former may be given to the next.
        try LogWriter(log).write(1000..<1010)
        try await tail.read(for: .seconds(30))
        #expect(tail.numbers == Array(0..<1010))
    }

    @Test("A copy that has the number of a file that is gone is a copy all the same")
    func reusedByCopy() async throws {
        try LogWriter(log).write(0..<100)
        try LogWriter(log + ".1").write(500..<510)
        let tail = try await Tail(pattern)
        try await tail.read()
        try cutOff(log + ".1")
        try LogWriter(log + ".1").write(0..<100)
        try cutOff(log)
        try LogWriter(log).write(600..<610)
        try await tail.read(for: .seconds(30))
        #expect(tail.numbers.sorted() == Array(0..<100) + Array(500..<510) + Array(600..<610))
    }

    @Test("A copy, and the compressed copy of that, seen at once")
    func bothCopies() async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<1000)
        let tail = try await Tail(pattern)
        try await tail.read()
        try writer.write(1000..<1100)
        try copyTruncate(log, to: log + ".1")
        try directory.write(try compressed([numberLines(0..<1100)], .gzip), to: "app.ndjson.1.gz")
        // gzip gives its file the time of the original, less what is below a second.
        var times = [timeval(tv_sec: 1_700_000_000, tv_usec: 0), timeval(tv_sec: 1_700_000_000, tv_usec: 0)]
        unsafe #expect(utimes(log + ".1.gz", &times) == 0)
        try writer.write(1100..<1110)
        try await tail.read()
        try FileSystem.remove(log + ".1")
        try await tail.read(for: .seconds(30))
        #expect(tail.numbers == Array(0..<1110))
        #expect(tail.count("copies") == 2)
    }

    @Test(
        "Compressed after the rotation, as logrotate does: what was read comes no second time",
        arguments: [true, false])
    func compressedCopy(_ isRunning: Bool) async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<1000)
        let tail = try await Tail(pattern)
        try await tail.read()
        let rotate = {
            try writer.write(1000..<1100)
            try move(log, to: log + ".1")
            try LogWriter(log).write(1100..<1200)
            let bytes = try compressed([numberLines(0..<1100)], .gzip)
            try directory.write(bytes, to: "app.ndjson.1.gz")
            try FileSystem.remove(log + ".1")
        }
        if isRunning { try rotate() } else { try await tail.restart(meanwhile: rotate) }
        try await tail.read(for: .seconds(30))
        #expect(tail.numbers.sorted() == Array(0..<1200))
        if !isRunning { #expect(tail.count("copies") == 1) }
    }
}
