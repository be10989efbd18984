import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source: rotation", .ownThread)
struct RotationTests {
    let directory = TemporaryDirectory()
    private var log: String { directory("app.ndjson") }
    private var pattern: String { "\(directory.path)/app.ndjson*" }

    @Test("Cut off and written past the old length between two looks: the copy's rest comes first, all of it once")
    func copyTruncated() async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<100)
        let tail = try await Tail(pattern)
        try await tail.read()
        try writer.write(100..<110)
        try copyTruncate(log, to: log + ".1")
        try writer.write(110..<400)
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<400))
        #expect(tail.count("restarts") == 1 && tail.count("copies") == 1)
    }

    @Test("The same while nothing runs", arguments: [1, 3])
    func copyTruncatedMeanwhile(_ times: Int) async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<100)
        let tail = try await Tail(pattern)
        try await tail.restart {
            for time in 0..<times {
                for number in (1..<9).reversed() where (try? FileSystem.status(of: "\(log).\(number)")) != nil {
                    try move("\(log).\(number)", to: "\(log).\(number + 1)")
                }
                try writer.write((100 + time * 400)..<(110 + time * 400))
                try copyTruncate(log, to: log + ".1")
                try writer.write((110 + time * 400)..<(500 + time * 400))
                usleep(20_000)
            }
        }
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<(100 + times * 400)))
    }

    @Test("Cut off without a copy that is read: from the new beginning, and the gap is told with its place")
    func copyNotMatched() async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<100)
        let tail = try await Tail(log)
        try await tail.read()
        try copyTruncate(log, to: directory("app.old"))
        try writer.write(100..<300)
        try await tail.read()
        #expect(tail.numbers == Array(0..<300))
        let text = tail.driver.log.text
        #expect(text.contains("behind byte \(numberLines(0..<100).utf8.count) ") && text.contains("file=\(log)"))
    }

    @Test("A copy that is still being made is not read before it is known to be one")
    func growingCopy() async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<1000)
        let tail = try await Tail(pattern)
        try await tail.read()
        let copy = try LogWriter(log + ".1")
        try await tail.read()
        try copy.write(0..<300)
        try await tail.read(for: .seconds(4))
        try copy.write(300..<900)
        try await tail.read(for: .seconds(4))
        try copy.write(900..<1000)
        try cutOff(log)
        try writer.write(1000..<1010)
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<1010))
    }

    @Test("A file that only begins as another is a file of its own")
    func similar() async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<100)
        let tail = try await Tail(pattern)
        try await tail.read()
        try directory.write(numberLines(0..<100) + numberLines(500..<510), to: "app.ndjson.2")
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<100) + Array(0..<100) + Array(500..<510))
    }

    @Test(
        "Written anew in place behind the same header, longer, shorter or of the same length", arguments: [9, 40, 90])
    func rewritten(_ count: Int) async throws {
        let header = "{\"header\":\"\(String(repeating: "h", count: 2000))\"}\n"
        try directory.write(header + numberLines(10..<50), to: "app.ndjson")
        let tail = try await Tail(log)
        try await tail.read()
        try directory.write(header + numberLines(50..<(50 + count)), to: "app.ndjson")
        try await tail.read()
        #expect(tail.numbers == Array(10..<50) + Array(50..<(50 + count)))
        try await tail.restart { try directory.write(header + numberLines(10..<50), to: "app.ndjson") }
        try await tail.read()
        #expect(tail.numbers.suffix(40) == Array(10..<50))
        #expect(tail.count("restarts") == 1)
    }

    @Test("Cut off amid the record without an end: that record alone is read again")
    func cutRecord() async throws {
        try directory.write(numberLines(0..<100) + "{\"n\":1111", to: "app.ndjson")
        let tail = try await Tail(log)
        try await tail.read()
        for (cut, rest) in [(3, "100}\n"), (8, "{\"n\":101}\n")] {
            let size = Int(try FileSystem.status(of: log).size) - (cut == 3 ? 4 : 0)
            unsafe #expect(truncate(log, size) == 0)
            try LogWriter(log).write(rest)
            try await tail.read()
            try LogWriter(log).write("{\"n\":")
            try await tail.read()
            unsafe #expect(truncate(log, Int(try FileSystem.status(of: log).size) - 5) == 0)
        }
        #expect(tail.numbers == Array(0...101))
        #expect(tail.count("restarts") == 0)
    }

    @Test("A number that another file has by now belongs to that one: from its beginning, under its name")
    func reusedNumber() async throws {
        try LogWriter(log).write(0..<10)
        let tail = try await Tail(pattern)
        try await tail.read()
        let position = try #require(tail.stored.first)
        try await tail.restart {
            try move(log, to: log + ".2")
            try directory.write(numberLines(500..<510), to: "app.ndjson.2")
        }
        try await tail.read(for: .seconds(10))
        #expect(tail.numbers == Array(0..<10) + Array(500..<510))
        #expect(tail.stored.map(\.partition["file"]) == [.string(log + ".2")])
        #expect(tail.driver.positions.contains { $0.partition == position.partition && $0.offset == [:] })
    }

    @Test("Renamed, while its writer goes on for seconds: read to its end, then closed")
    func slowWriter() async throws {
        let old = try LogWriter(log)
        try old.write(0..<10)
        let tail = try await Tail(log)
        try await tail.read()
        try move(log, to: directory("app.1"))
        let new = try LogWriter(log)
        try new.write(100..<110)
        try await tail.read(for: .seconds(3))
        try old.write(10..<20)
        try await tail.read(for: .seconds(4))
        try old.write("{\"n\":20}")
        try await tail.read(for: .seconds(4))
        #expect(!tail.numbers.contains(20))
        #expect(try openFiles(below: directory.path) == 4)
        try await tail.read(for: .seconds(4))
        #expect(tail.numbers.filter { $0 < 100 } == Array(0...20))
        #expect(tail.numbers.filter { $0 >= 100 } == Array(100..<110))
        #expect(try openFiles(below: directory.path) == 3, "two writers and the new file")
    }

    @Test("Names that the pattern matches too are one file", arguments: [true, false])
    func renamedWithinPattern(_ isRunning: Bool) async throws {
        let writer = try LogWriter(log)
        try writer.write(0..<10)
        let tail = try await Tail(pattern)
        try await tail.read()
        let rotate = {
            try writer.write(10..<20)
            try move(log, to: log + ".1")
            try LogWriter(log).write(20..<30)
        }
        if isRunning { try rotate() } else { try await tail.restart(meanwhile: rotate) }
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<30))
    }

    @Test(
        "Rotated three times while nothing ran: in order, also the one that no pattern matches",
        arguments: [true, false])
    func generations(_ isMatched: Bool) async throws {
        try LogWriter(log).write(0..<10)
        let tail = try await Tail(isMatched ? pattern : log)
        try await tail.restart {
            for generation in 0..<3 {
                try LogWriter(log).write((10 + generation * 10)..<(20 + generation * 10))
                for number in (1..<4).reversed() where (try? FileSystem.status(of: "\(log).\(number)")) != nil {
                    try move("\(log).\(number)", to: "\(log).\(number + 1)")
                }
                try move(log, to: log + ".1")
                usleep(20_000)
            }
            try LogWriter(log).write(40..<50)
        }
        try await tail.read(for: .seconds(20))
        // Without the pattern, what was written and renamed meanwhile is no file of the settings.
        #expect(tail.numbers == (isMatched ? Array(0..<50) : Array(0..<20) + Array(40..<50)))
    }

    @Test("A generation that is gone is a gap, told with its place")
    func gap() async throws {
        try LogWriter(log).write(0..<10)
        let tail = try await Tail(log)
        try await tail.restart {
            try FileSystem.remove(log)
            try directory.write("", to: "other")  // may take the number
            try LogWriter(log).write(20..<30)
        }
        try await tail.read(for: .seconds(2))
        #expect(tail.numbers == Array(0..<10) + Array(20..<30))
        #expect(tail.count("gaps") + tail.count("restarts") == 1)
        #expect(tail.driver.log.text.contains("behind byte 80 "))
    }

    @Test("A symbolic link that points at another file: the rest of the former first", arguments: [true, false])
    func symbolicLink(_ isRunning: Bool) async throws {
        let link = directory("current.ndjson")
        let first = try LogWriter(directory("day1.ndjson"))
        try first.write(0..<10)
        unsafe #expect(symlink(directory("day1.ndjson"), link) == 0)
        let tail = try await Tail(link)
        try await tail.read()
        let flip = {
            try first.write(10..<20)
            try LogWriter(directory("day2.ndjson")).write(20..<30)
            unsafe #expect(symlink(directory("day2.ndjson"), directory("next")) == 0)
            try move(directory("next"), to: link)
        }
        if isRunning { try flip() } else { try await tail.restart(meanwhile: flip) }
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<30))
    }

    @Test("Hard and soft links to one file are read once")
    func links() async throws {
        try LogWriter(log).write(0..<10)
        unsafe #expect(link(log, log + ".hard") == 0 && symlink(log, log + ".soft") == 0)
        let tail = try await Tail(pattern)
        try await tail.read()
        try LogWriter(log + ".hard").write(10..<20)
        try await tail.read(for: .seconds(10))
        #expect(tail.numbers == Array(0..<20))
    }

    @Test("Deleted while open: read to its end, closed within seconds, its position forgotten after an hour")
    func deleted() async throws {
        do {
            let writer = try LogWriter(log)
            try writer.write(0..<10)
            let tail = try await Tail(pattern)
            try await tail.read()
            try writer.write(10..<20)
            try FileSystem.remove(log)
            try await tail.read(for: .seconds(8))
            #expect(try openFiles(below: directory.path) == 1, "the writer's own")
            try writer.write(20..<30)
            try await tail.read(for: .seconds(60))
            #expect(tail.numbers == Array(0..<20))
            #expect(tail.stored.count == 1)
            tail.driver.clock.advance(.seconds(3600))
            try await tail.read()
            #expect(tail.stored.isEmpty && tail.driver.positions.count == 1)
        }
    }

    @Test("Replaced by a file with the same beginning: a new file", arguments: [true, false])
    func replaced(_ isRunning: Bool) async throws {
        let beginning = numberLines(0..<500)
        try directory.write(beginning + numberLines(500..<600), to: "app.ndjson")
        let tail = try await Tail(log)
        try await tail.read()
        let replace = {
            try directory.write(beginning + numberLines(700..<900), to: "new")
            try move(directory("new"), to: log)
        }
        if isRunning { try replace() } else { try await tail.restart(meanwhile: replace) }
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == Array(0..<600) + Array(0..<500) + Array(700..<900))
    }
}
