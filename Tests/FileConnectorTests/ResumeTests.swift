import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source: going on", .ownThread)
struct ResumeTests {
    let directory = TemporaryDirectory()

    static let contents: [(String, String)] = [
        ("a.ndjson", numberLines(0..<3000)), ("a.ndjson.gz", numberLines(0..<3000)),
        ("a.ndjson.zst", numberLines(0..<3000)),
        ("a.json", "[" + (0..<3000).map { "{\"n\":\($0)}" }.joined(separator: ",\n") + "]"),
        ("b.json", (0..<3000).map { "[\($0)]" }.joined(separator: "\n")),
        ("c.json", "{} " + (0..<3000).map { "[\($0)]" }.joined(separator: "\n")),
        ("a.csv", "n,m\n" + (0..<3000).map { "\($0),\"x\ny\"\n" }.joined()),
        ("a.csv.gz", "n,m\n" + (0..<3000).map { "\($0),y\n" }.joined()),
        ("a.log", (0..<3000).map { "line \($0)\n" }.joined()),
    ]

    private func write(_ name: String, _ text: String) throws -> String {
        let compression: Compression = name.hasSuffix(".gz") ? .gzip : name.hasSuffix(".zst") ? .zstd : .none
        return try directory.write(compression == .none ? Array(text.utf8) : compressed([text], compression), to: name)
    }

    @Test("Every position goes on with the next record, in every format", arguments: contents)
    func everyPosition(_ name: String, _ text: String) async throws {
        let path = try write(name, text)
        let whole = try await read(path)
        #expect(whole.lines.count >= 3000 && whole.rejections.isEmpty)
        for polls in 1...3 {
            var start = SourceRun()
            try await start.drain(try await makeSource(path), polls: polls)
            let rest = try await read(path, positions: start.positions)
            #expect(start.lines + rest.lines == whole.lines)
        }
        #expect(try await read(path, positions: whole.positions).lines.isEmpty)
    }

    @Test("A file that grew gives what was added")
    func grown() async throws {
        let path = try directory.write(numberLines(0..<10), to: "a.ndjson")
        let first = try await read(path)
        try directory.append(numberLines(10..<20), to: "a.ndjson")
        #expect(try await read(path, positions: first.positions).lines == (10..<20).map { "{\"n\":\($0)}" })
    }

    @Test("A file that was replaced is read from its beginning, also by a longer one", arguments: [0..<5, 100..<3000])
    func replaced(_ numbers: Range<Int>) async throws {
        let path = try directory.write(numberLines(0..<500), to: "a.ndjson")
        let first = try await read(path)
        try directory.write("{\"first\":true}\n" + numberLines(numbers), to: "a.ndjson")
        #expect(try await read(path, positions: first.positions).lines.count == numbers.count + 1)
    }

    @Test("A copy of the file goes on where the original stopped")
    func copied() async throws {
        let path = try directory.write(numberLines(0..<500), to: "a.ndjson")
        let first = try await read(path)
        try directory.write(numberLines(0..<501), to: "b.ndjson")
        try move(directory("b.ndjson"), to: path)
        #expect(try await read(path, positions: first.positions).lines == ["{\"n\":500}"])
    }

    @Test("Following gives appended lines once they are whole, and new files")
    func follows() async throws {
        try directory.write("{\"n\":1}\n{\"n\":", to: "a.ndjson")
        let source = try await makeSource(directory.path, "\"follow\":true,\"rotate.wait.ms\":0")
        var run = SourceRun()
        try await run.drain(source)
        #expect(run.lines == ["{\"n\":1}"])
        try directory.append("2}\n", to: "a.ndjson")
        try directory.write("{\"n\":3}\n", to: "b.ndjson")
        try await run.drain(source)
        try await run.drain(source)
        #expect(Set(run.lines) == ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"])
        #expect(run.lines.count == 3 && !run.isFinished)
    }

    @Test("A rotated file is read to its end before the new one of its name")
    func rotates() async throws {
        let path = try directory.write("{\"n\":1}\n", to: "a.ndjson")
        let source = try await makeSource(path, "\"follow\":true,\"rotate.wait.ms\":0")
        var run = SourceRun()
        try await run.drain(source)
        try directory.append("{\"n\":2}\n{\"n\":3}", to: "a.ndjson")
        try move(path, to: directory("a.ndjson.1"))
        try directory.write("{\"n\":4}\n", to: "a.ndjson")
        for _ in 0..<3 { try await run.drain(source) }
        #expect(run.lines == (1...4).map { "{\"n\":\($0)}" })
    }

    @Test("A file rotated while nothing read it is found again by its number")
    func rotatedMeanwhile() async throws {
        let path = try directory.write("{\"n\":1}\n", to: "a.ndjson")
        var run = SourceRun()
        try await run.drain(try await makeSource(path, "\"follow\":true,\"rotate.wait.ms\":0"))
        try directory.append("{\"n\":2}\n", to: "a.ndjson")
        try move(path, to: directory("a.ndjson.1"))
        try directory.write("{\"n\":3}\n", to: "a.ndjson")
        let source = try await makeSource(path, "\"follow\":true,\"rotate.wait.ms\":0", positions: run.positions)
        for _ in 0..<3 { try await run.drain(source) }
        #expect(run.lines == (1...3).map { "{\"n\":\($0)}" })
    }

    @Test("A file that is cut off while followed is read from its beginning")
    func cutOff() async throws {
        let path = try directory.write(numberLines(0..<100), to: "a.ndjson")
        let source = try await makeSource(path, "\"follow\":true,\"rotate.wait.ms\":0")
        var run = SourceRun()
        try await run.drain(source)
        try directory.write("{\"n\":100}\n", to: "a.ndjson")
        for _ in 0..<2 { try await run.drain(source) }
        #expect(run.lines == (0...100).map { "{\"n\":\($0)}" })
    }

    @Test("Tasks share the files, each read once", arguments: ["", "\"follow\":true,\"rotate.wait.ms\":0"])
    func tasks(_ settings: String) async throws {
        for name in 0..<7 { try directory.write("\(name)\n", to: "\(name).ndjson") }
        var lines: [String] = []
        for index in 0..<3 {
            lines += try await read("\(directory.path)/*.ndjson", settings, task: TaskSlot(index: index, count: 3))
                .lines
        }
        #expect(lines.sorted() == (0..<7).map { "\($0)" })
    }
}

@Suite("File source: what cannot be read", .ownThread)
struct SourceConfigTests {
    let directory = TemporaryDirectory()

    private func failure(_ path: String, _ settings: String = "") async -> ConnectorError? {
        await #expect(throws: ConnectorError.self) { _ = try await read(path, settings) }
    }

    @Test("A missing file, an empty pattern and an unknown kind are configuration errors that say what to do")
    func missing() async throws {
        let gone = await failure(directory("no.ndjson"))
        #expect(gone?.kind == .configuration)
        #expect(
            gone?.message
                == "cannot look at \(directory("no.ndjson")): No such file or directory; create it or correct the path")
        let empty = await failure("\(directory.path)/*.ndjson")
        #expect(
            empty?.message
                == "no file matches \(directory.path)/*.ndjson; correct the pattern, or set follow to wait for one")
        let unknown = await failure(try directory.write("", to: "data.bin"))
        #expect(
            unknown?.message
                == "cannot tell from its name what \(directory("data.bin")) holds; set format to ndjson, json, csv or lines"
        )
    }

    @Test(
        "A file that may not be read is a configuration error", .enabled(if: getuid() != 0, "root may read everything"))
    func unreadable() async throws {
        let path = try directory.write("1\n", to: "a.ndjson")
        unsafe #expect(chmod(path, 0) == 0)
        #expect(await failure(path)?.kind == .configuration)
    }

    @Test("A header row that names a column twice is rejected, and the other files are read")
    func duplicateColumn() async throws {
        let path = try directory.write("a,b,a\n1,2,3\n", to: "a.csv")
        let run = try await read("\(path),\(directory.write("x\n1\n", to: "b.csv"))")
        #expect(
            run.rejections == [
                "\(path):1: byte 1: the header row names the column a twice; rename one, or name all with csv.columns"
            ])
        #expect(run.lines == ["{\"x\":\"1\"}"] && run.isFinished)
    }

    @Test("Hidden files and directories in a directory are passed over")
    func hidden() async throws {
        try directory.write("1\n", to: "a.ndjson")
        try directory.write("2\n", to: ".b.ndjson")
        unsafe #expect(mkdir(directory("d"), 0o755) == 0)
        #expect(try await read(directory.path).lines == ["1"])
    }
}
