import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source", .ownThread)
struct SourceTests {
    let directory = TemporaryDirectory()

    @Test(
        "NDJSON in any compression gives the same records",
        arguments: [
            (Compression.none, "a.ndjson"), (.gzip, "a.jsonl.gz"), (.zstd, "a.ndjson.zst"), (.gzip, "misnamed.ndjson"),
        ])
    func ndjson(_ compression: Compression, _ name: String) async throws {
        let parts = [numberLines(0..<2500), numberLines(2500..<5000)]
        let bytes = compression == .none ? Array(parts.joined().utf8) : try compressed(parts, compression)
        let run = try await read(directory.write(bytes, to: name))
        #expect(run.lines == (0..<5000).map { "{\"n\":\($0)}" })
        #expect(run.isFinished && run.rejections.isEmpty)
    }

    @Test("A batch holds at most 1000 records and its position is exact")
    func batches() async throws {
        let source = try await makeSource(try directory.write(numberLines(0..<2500), to: "a.ndjson"))
        var batch = RecordBatch()
        #expect(try await source.poll(into: &batch) == .more)
        #expect(batch.count == 1000)
        #expect(batch.marks.last?.position.offset["bytes"] == .int(Int64(numberLines(0..<1000).utf8.count)))
        #expect(batch.marks.last?.position.offset["lines"] == 1000)
    }

    @Test(
        "JSON arrays and values one after the other give one record each",
        arguments: [
            "[\n {\"a\":[1,2]},\n {\"a\":\"]\"}\n]\n", "{\"a\":[1,2]}{\"a\":\"]\"}", "{\"a\":[1,2]}\n{\"a\":\"]\"}\n",
            "\u{FEFF}[{\"a\":[1,2]}][{\"a\":\"]\"}]",
        ])
    func json(_ text: String) async throws {
        let run = try await read(directory.write(text, to: "a.json"))
        #expect(run.lines == ["{\"a\":[1,2]}", "{\"a\":\"]\"}"])
        #expect(run.rejections.isEmpty)
    }

    @Test("An array without its end is told, its elements are kept")
    func unclosedArray() async throws {
        let run = try await read(directory.write("[1,\n2", to: "a.json"))
        #expect(run.lines == ["1", "2"])
        #expect(run.rejections == ["\(directory("a.json")):2: the file ends inside an array: its ] is missing"])
    }

    @Test("CSV gives texts named by the header row")
    func csv() async throws {
        let run = try await read(directory.write("\u{FEFF}id,note\r\n1,\"a \"\"b\"\"\nc\"\r\n2,ü\r\n", to: "a.csv"))
        #expect(run.lines == ["{\"id\":\"1\",\"note\":\"a \\\"b\\\"\\nc\"}", "{\"id\":\"2\",\"note\":\"ü\"}"])
    }

    @Test("CSV columns can be named by the configuration, and a tsv is split at tabs")
    func csvColumns() async throws {
        let path = try directory.write("1\t2\n", to: "a.tsv")
        #expect(try await read(path, "\"csv.columns\":\"x,y\"").lines == ["{\"x\":\"1\",\"y\":\"2\"}"])
    }

    @Test("CSV rows that do not fit the header, or are broken, are rejected with file and line")
    func csvRejections() async throws {
        let path = try directory.write("a,b\n1\n\"x\ny\",2\n\"q\"z,3\n4,5,6\n7,8\n\"open,9", to: "a.csv")
        let run = try await read(path)
        #expect(run.lines == ["{\"a\":\"x\\ny\",\"b\":\"2\"}", "{\"a\":\"7\",\"b\":\"8\"}"])
        #expect(
            run.rejections.map { $0.replacing(path, with: "f") } == [
                "f:2: the row has 1 fields; the header names 2 columns",
                "f:5: byte 15: field 1 has text after its closing quote: a quote inside a quoted field must be doubled",
                "f:6: the row has 3 fields; the header names 2 columns",
                "f:8: byte 32: field 1 opens with a quote that is never closed: 1 line and 7 bytes up to the end are in it",
            ])
    }

    @Test("Lines give texts, an empty one too")
    func lines() async throws {
        let run = try await read(directory.write("one \"1\"\r\n\nlast", to: "a.log"))
        #expect(run.lines == ["\"one \\\"1\\\"\"", "\"\"", "\"last\""])
    }

    @Test("A bad line is rejected with file and line and leaves its neighbours alone")
    func badLine() async throws {
        let path = try directory.write("{\"n\":1}\n{\"n\":\n{\"n\":3}\n", to: "a.ndjson")
        let run = try await read(path)
        #expect(run.lines == ["{\"n\":1}", "{\"n\":3}"])
        #expect(run.rejections.count == 1)
        #expect(run.rejections.first?.hasPrefix("\(path): line 2, column 6: expected ") == true)
        #expect(run.sources == ["{\"n\":"])
    }

    @Test("Text that is not UTF-8 is rejected in every format", arguments: ["a.ndjson", "a.json", "a.csv", "a.log"])
    func badUTF8(_ name: String) async throws {
        let good = name == "a.csv" ? "h\n\"good\"\n" : "\"good\"\n"
        let path = try directory.write(
            Array(good.utf8) + [0x22, 0x61, 0xFF, 0x62, 0x22, 0x0A] + Array("\"end\"".utf8), to: name)
        let run = try await read(path)
        #expect(run.lines.count == 2)
        #expect(run.rejections.count == 1)
        #expect(run.rejections.first?.hasPrefix(path) == true)
        #expect(run.rejections.first?.contains(name == "a.csv" ? ":3" : name == "a.log" ? ":2" : "line 2") == true)
    }

    @Test("A line over the limit is rejected with its first bytes; 100 MB of it take no memory to speak of")
    func longLine() async throws {
        let path = directory("a.ndjson")
        let file = try OpenFile(writing: path, truncating: true)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        try unsafe Array("{\"n\":1}\n\"".utf8).withUnsafeBytes { try unsafe file.write($0) }
        for _ in 0..<100 { try unsafe piece.withUnsafeBytes { try unsafe file.write($0) } }
        try unsafe Array("\"\n{\"n\":2}\n".utf8).withUnsafeBytes { try unsafe file.write($0) }
        let run = try await read(path, "\"max.line.bytes\":\"1MiB\"")
        #expect(run.lines == ["{\"n\":1}", "{\"n\":2}"])
        #expect(
            run.rejections == [
                "\(path):2: \((100 << 20) + 2) bytes are more than max.line.bytes allows (1048576): raise it or shorten the line"
            ])
        #expect(run.sources.first?.count == OversizedFrame.startBytes)
    }

    @Test("A long line within the limit is read whole")
    func longAllowedLine() async throws {
        let text = String(repeating: "y", count: 5_000_000)
        let run = try await read(directory.write("\"\(text)\"\n1\n", to: "a.ndjson"))
        #expect(run.lines == ["\"\(text)\"", "1"])
    }

    @Test(
        "A cut off file gives what is whole and one rejection with the compressed byte",
        arguments: [
            (Compression.gzip, "a.ndjson.gz"), (.zstd, "a.ndjson.zst"),
        ])
    func truncatedFile(_ compression: Compression, _ name: String) async throws {
        let bytes = try compressed([numberLines(0..<100), numberLines(100..<200)], compression)
        let path = try directory.write(Array(bytes.dropLast(3)), to: name)
        let next = try directory.write("{\"n\":1000}", to: "b.ndjson")
        let run = try await read("\(path),\(next)")
        #expect(Array(run.lines.prefix(100)) == (0..<100).map { "{\"n\":\($0)}" })
        #expect(run.lines.last == "{\"n\":1000}")
        #expect(run.rejections.count == 1)
        #expect(run.rejections.first?.contains("(compressed byte \(bytes.count - 3))") == true)
        #expect(run.rejections.first?.hasPrefix("\(path):") == true)
    }

    @Test("Progress counts bytes of the files on disk")
    func progress() async throws {
        let bytes = try compressed([numberLines(0..<3000)], .gzip)
        let path = try directory.write(bytes, to: "a.ndjson.gz")
        let progress = SourceProgress()
        let source = try await makeSource(path, progress: progress)
        #expect(progress.done == 0 && progress.total == bytes.count)
        var run = SourceRun()
        try await run.drain(source)
        #expect(progress.done == bytes.count && progress.total == bytes.count)
    }

    @Test("Records carry the topic that is set")
    func topic() async throws {
        let driver = try await SourceDriver(
            FileSource.definition, "{\"path\":\"\(directory.write("1\n2\n", to: "a.ndjson"))\",\"topic\":\"t\"}")
        #expect(try await driver.run())
        #expect(driver.topics == ["t"])
    }
}
