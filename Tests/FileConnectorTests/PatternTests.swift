import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source: which files", .ownThread)
struct PatternTests {
    let directory = TemporaryDirectory()

    static let patterns: [(String, [String])] = [
        ("**/*.log", ["a.log", "one/b.log", "one/two/c.log"]), ("*/**/*.log", ["one/b.log", "one/two/c.log"]),
        ("**", ["a.log", "one/b.log", "one/two/c.log", "one/two/d.txt"]), ("one/**/c.log", ["one/two/c.log"]),
        ("{a,one/b}.log", ["a.log", "one/b.log"]),
        ("one/{two/{c.log,d.txt},b.log}", ["one/b.log", "one/two/c.log", "one/two/d.txt"]),
        ("[!b].log", ["a.log"]), ("one/*", ["one/b.log"]), ("one", ["one/b.log"]), ("./one//?.log", ["one/b.log"]),
        ("one/.h*", ["one/.h.log"]),
    ]

    @Test("Patterns find what they say, folders of any depth and alternatives too", arguments: patterns)
    func finds(_ pattern: String, _ expected: [String]) async throws {
        unsafe #expect(mkdir(directory("one"), 0o755) == 0 && mkdir(directory("one/two"), 0o755) == 0)
        unsafe #expect(mkdir(directory(".hidden"), 0o755) == 0 && symlink("..", directory("one/up")) == 0)
        for name in ["a.log", "one/b.log", "one/two/c.log", "one/two/d.txt", ".hidden/x.log", "one/.h.log"] {
            try directory.write("\(name)\n", to: name)
        }
        let run = try await read("\(directory.path)/\(pattern)", "\"follow\":true")
        #expect(run.lines.sorted() == expected.map { "\"\($0)\"" }.sorted())
    }

    @Test("A path that holds what patterns are made of is taken as it is when there is such a file")
    func literal() async throws {
        try directory.write("1\n", to: "a[1].log")
        try directory.write("2\n", to: "a1.log")
        #expect(try await read(directory("a[1].log")).lines == ["\"1\""])
    }

    @Test(
        "exclude takes names of any folder, and paths",
        arguments: ["*.gz,tmp-*", "DIR/*.gz,DIR/**/tmp-*", "*.{gz,x},tmp-{1,2}.log"])
    func exclude(_ exclude: String) async throws {
        unsafe #expect(mkdir(directory("one"), 0o755) == 0)
        for name in ["a.log", "b.log.gz", "tmp-1.log", "one/c.log", "one/tmp-2.log"] {
            try directory.write("\(name)\n", to: name)
        }
        let setting = "\"exclude\":\"\(exclude.replacing("DIR", with: directory.path))\""
        let run = try await read("\(directory.path)/**", setting)
        #expect(run.lines.sorted() == ["\"a.log\"", "\"one/c.log\""] && run.rejections.isEmpty)
    }

    @Test("Braces that do not pair are refused", arguments: ["/x/{a,b", "/x/a}"])
    func braces(_ path: String) async {
        await #expect(throws: (any Error).self) { _ = try await read(path, "\"follow\":true") }
    }

    @Test("New folders under ** are found while they come")
    func newFolders() async throws {
        let tail = try await Tail("\(directory.path)/**/*.ndjson")
        try await tail.read()
        unsafe #expect(mkdir(directory("one"), 0o755) == 0 && mkdir(directory("one/two"), 0o755) == 0)
        try LogWriter(directory("one/two/a.ndjson")).write(0..<3)
        try await tail.read()
        try await tail.read()
        try LogWriter(directory("one/two/a.ndjson")).write(3..<6)
        try await tail.read()
        #expect(tail.numbers == Array(0..<6))
    }

    @Test("Rotated names come in the order in which they were written")
    func order() {
        let sorted = { (names: [String]) in
            let files = names.map { name in
                FoundFile(path: "/l/\(name)", status: try! FileSystem.status(of: "/"), isWatchable: true)
            }
            return GenerationOrder.sorted(files, byTime: false).map { FileSystem.name(of: $0.path) }
        }
        #expect(
            sorted(["a.log", "a.log.1", "a.log.10", "a.log.2.gz", "b.log"])
                == ["a.log.10", "a.log.2.gz", "a.log.1", "a.log", "b.log"])
        #expect(
            sorted(["a.log", "a.log-20260102", "a.log-20260201.gz", "part.1", "part.2"])
                == ["a.log-20260102", "a.log-20260201.gz", "a.log", "part.1", "part.2"])
    }
}

@Suite("File source: where it starts and what records carry", .ownThread)
struct StartTests {
    let directory = TemporaryDirectory()

    @Test("start.at end reads what is appended, whole lines, and later files from their beginning")
    func end() async throws {
        let writer = try LogWriter(directory("a.ndjson"))
        try writer.write(numberLines(0..<10) + "{\"n\":")
        try directory.write(try compressed([numberLines(0..<10)], .gzip), to: "b.ndjson.gz")
        let empty = try LogWriter(directory("d.ndjson"))
        let tail = try await Tail("\(directory.path)/*", "\"follow\":true,\"start.at\":\"end\"")
        try await tail.read()
        try empty.write(200..<203)
        try await tail.read()
        try await tail.restart()
        try writer.write("10}\n" + numberLines(11..<20))
        try LogWriter(directory("c.ndjson")).write(100..<110)
        try await tail.read(for: .seconds(3))
        #expect(tail.numbers.sorted() == Array(10..<20) + Array(100..<110) + Array(200..<203))
    }

    @Test("start.at end reads a CSV file's header all the same")
    func endOfCSV() async throws {
        let writer = try LogWriter(directory("a.csv"))
        try writer.write("a,b\n1,2\n")
        let tail = try await Tail(directory("a.csv"), "\"follow\":true,\"start.at\":\"end\"")
        try await tail.read()
        try writer.write("3,4\n")
        try await tail.read()
        #expect(tail.lines == ["{\"a\":\"3\",\"b\":\"4\"}"])
    }

    @Test("Headers name the file and the line", arguments: ["a.ndjson", "a.log", "a.csv", "a.json"])
    func headers(_ name: String) async throws {
        let path = try directory.write("{\"n\":1}\n{\"n\":2}\n\n{\"n\":3}\n", to: name)
        let source = try await makeSource(path, "\"metadata.headers\":true")
        var batch = RecordBatch()
        _ = try await source.poll(into: &batch)
        var seen: [String] = []
        batch.forEach { record in
            var texts: [String] = []
            record.headers.forEach { texts.append($0.jsonText + "=" + $1.jsonText) }
            seen.append(texts.joined(separator: " "))
        }
        let lines = name == "a.csv" ? [2, 4] : name == "a.log" ? [1, 2, 3, 4] : [1, 2, 4]
        #expect(seen == lines.map { "\"file.path\"=\"\(path)\" \"file.line\"=\($0)" })
    }

    @Test("A named pipe that is named by itself is read to its end", arguments: [false, true])
    func pipe(_ follows: Bool) async throws {
        let path = directory("in.ndjson")
        unsafe #expect(mkfifo(path, 0o644) == 0)
        try directory.write(numberLines(100..<103), to: "a.ndjson")
        let tail = try await Tail("\(path),\(directory("a.ndjson"))", follows ? "\"follow\":true" : "")
        try await tail.read()
        #expect(tail.numbers == Array(100..<103))
        for round in 0..<(follows ? 2 : 1) {
            let writer = try LogWriter(path, appends: false)
            try writer.write(round * 5..<round * 5 + 4)
            try await tail.read()
            try writer.write(round * 5 + 4..<round * 5 + 5)
        }
        try await tail.read()
        #expect(tail.numbers == Array(100..<103) + Array(0..<(follows ? 10 : 5)))
        if !follows { #expect(try await tail.driver.poll() == .finished) }
    }
}
