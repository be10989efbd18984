import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import FileConnector
@testable import Formats

@Suite("File source: the end of a file", .ownThread)
struct FileEndTests {
    let directory = TemporaryDirectory()

    @Test("A last line without a line break waits for it, over restarts, and that is told")
    func lastLine() async throws {
        let writer = try LogWriter(directory("a.ndjson"))
        try writer.write("{\"n\":1}\n{\"n\":")
        let tail = try await Tail(directory("a.ndjson"))
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers == [1])
        #expect(tail.driver.log.messages.count { $0.contains("no line break so far") } == 1)
        try await tail.restart()
        try await tail.read()
        try writer.write("2}\n")
        try await tail.read()
        #expect(tail.numbers == [1, 2])
    }

    @Test("What waits is told at the end of a run")
    func keptForNextRun() async throws {
        let recorder = LogRecorder()
        try directory.write("{\"n\":1}\n{\"n\":2}", to: "a.ndjson")
        let source = FileSource.definition.make()
        let settings = "{\"path\":\"\(directory("a.ndjson"))\",\"follow\":true}"
        try await source.start(
            SourceContext(
                config: try ConfigValues(json: settings, definition: FileSource.definition.config), log: recorder.log))
        var run = SourceRun()
        try await run.drain(source)
        await source.stop()
        #expect(run.lines == ["{\"n\":1}"])
        #expect(recorder.text.contains("its 7 bytes are kept for the next run"))
        #expect(recorder.text.contains("line=2"))
    }

    @Test("Without follow the file ends there; JSON that is cut off is rejected with its place")
    func endsThere() async throws {
        let path = try directory.write("{\"n\":1}\n{\"n\":2}", to: "a.ndjson")
        #expect(try await read(path).lines == ["{\"n\":1}", "{\"n\":2}"])
        let run = try await read(directory.write("{\"n\":1}\n{\"n\":", to: "b.ndjson"))
        #expect(run.lines == ["{\"n\":1}"])
        #expect(run.rejections.count == 1 && run.rejections[0].hasPrefix("\(directory("b.ndjson")): line 2, column 6"))
    }

    @Test(
        "Compressed files that are empty at first, grow byte by byte, or get another member",
        arguments: [Compression.gzip, .zstd])
    func growsCompressed(_ compression: Compression) async throws {
        let name = "a.ndjson\(compression.fileSuffix)"
        let parts = [numberLines(0..<300), numberLines(300..<600)]
        let (first, second) = (try compressed([parts[0]], compression), try compressed([parts[1]], compression))
        try directory.write([], to: name)
        let tail = try await Tail(directory(name))
        try await tail.read(for: .seconds(10))
        #expect(tail.lines.isEmpty)
        for end in [1, 2, 3, 4, 11, first.count / 2, first.count] {
            try directory.write(Array(first[..<end]), to: "copy")
            let bytes = Array(first[..<end])
            let descriptor = unsafe open(directory(name), O_WRONLY)
            #expect(unsafe pwrite(descriptor, bytes, end, 0) == end)
            close(descriptor)
            try await tail.read(for: .seconds(1))
        }
        #expect(tail.numbers == Array(0..<300))
        try await tail.restart()
        let descriptor = unsafe open(directory(name), O_WRONLY | O_APPEND)
        #expect(unsafe write(descriptor, second, second.count) == second.count)
        close(descriptor)
        try await tail.read(for: .seconds(2))
        #expect(tail.numbers == Array(0..<600))
        #expect(tail.driver.metrics.values["file_restarts"] == 0)
    }

    @Test("A compressed file that is cut off waits while it may grow, and is a rejected piece once it does not")
    func cutCompressed() async throws {
        let bytes = try compressed([numberLines(0..<300)], .gzip)
        try directory.write(Array(bytes.dropLast(9)), to: "a.ndjson.gz")
        try directory.write(numberLines(500..<510), to: "b.ndjson")
        let tail = try await Tail("\(directory.path)/*.{ndjson,gz}")
        try await tail.read(for: .seconds(20))
        #expect(tail.driver.log.messages.count { $0.contains("cut off so far") } == 1)
        try FileSystem.remove(directory("a.ndjson.gz"))
        try await tail.read(for: .seconds(20))
        #expect(tail.numbers.contains(509))
        #expect(try openFiles(below: directory.path) == 1)
        let run = try await read(directory.write(Array(bytes.dropLast(9)), to: "c.ndjson.gz"))
        #expect(run.rejections.count == 1 && run.rejections[0].contains("(compressed byte \(bytes.count - 9))"))
    }

    @Test("What is named as compressed and is not is never read as text")
    func notCompressed() async throws {
        let run = try await read(directory.write("plain text\n", to: "a.log.gz"))
        #expect(run.lines.isEmpty)
        #expect(
            run.rejections == [
                "\(directory("a.log.gz")):1: byte 1: the name says gzip, and the content is not: rename the file, or compress it"
            ])
    }

    @Test("Zero bytes that a writer leaves behind who goes on where it was are passed over")
    func hole() async throws {
        let writer = try LogWriter(directory("a.ndjson"), appends: false)
        try writer.write(0..<1000)
        let tail = try await Tail(directory("a.ndjson"))
        try await tail.read()
        try cutOff(directory("a.ndjson"))
        try await tail.read()
        try writer.write(1000..<1010)
        try await tail.read()
        #expect(tail.numbers == Array(0..<1010))
        #expect(tail.driver.log.text.contains("zero bytes"))
    }
}

@Suite("File source: character sets and CSV", .ownThread)
struct TextTests {
    let directory = TemporaryDirectory()

    private func encoded(_ text: String, _ charset: String) throws -> [UInt8] {
        let conversion = unsafe iconv_open(charset, "UTF-8")
        defer { unsafe iconv_close(conversion) }
        var input = Array(text.utf8).map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: input.count * 4 + 8)
        var (left, room) = (input.count, output.count)
        unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                var (from, to) = (input.baseAddress, output.baseAddress)
                _ = unsafe iconv(conversion, &from, &left, &to, &room)
            }
        }
        #expect(left == 0)
        return output[..<(output.count - room)].map { UInt8(bitPattern: $0) }
    }

    @Test(
        "Text of the usual character sets, from every position on",
        arguments: ["ISO-8859-1", "windows-1252", "UTF-16", "UTF-16BE", "UTF-32", "Shift_JIS", "EUC-JP", "GB18030"])
    func encodings(_ charset: String) async throws {
        let special = charset.contains("JI") || charset.contains("JP") || charset.contains("GB") ? "表日本,語能" : "é,ü"
        let text =
            "name,größe\n".replacing("größe", with: special.contains("é") ? "größe" : "能表")
            + (0..<2500).map { "\($0),\"\(special)\"\n" }.joined()
        let path = try directory.write(try encoded(text, charset), to: "a.csv")
        let setting = "\"encoding\":\"\(charset)\""
        let whole = try await read(path, setting)
        #expect(whole.lines.count == 2500 && whole.rejections.isEmpty)
        #expect(whole.lines.last?.contains(special) == true)
        for polls in 1...3 {
            var start = SourceRun()
            try await start.drain(try await makeSource(path, setting), polls: polls)
            let rest = try await read(path, setting, positions: start.positions)
            #expect(start.lines + rest.lines == whole.lines)
        }
        #expect(try await read(path, setting, positions: whole.positions).lines.isEmpty)
    }

    @Test("Text of another character set is followed as it grows, a byte at a time")
    func followsEncoded() async throws {
        let tail = try await Tail(directory("a.log"), "\"follow\":true,\"encoding\":\"UTF-16\"")
        let bytes = try encoded("eins ü\nzwei\n", "UTF-16")
        let descriptor = unsafe open(directory("a.log"), O_CREAT | O_WRONLY, 0o644)
        defer { close(descriptor) }
        for byte in bytes {
            #expect(unsafe write(descriptor, [byte], 1) == 1)
            try await tail.read()
        }
        #expect(tail.lines == ["\"eins ü\"", "\"zwei\""])
    }

    @Test("Bytes that mean nothing in the character set reject their line alone")
    func invalid() async throws {
        let path = try directory.write(
            Array("a\n\u{81}b\n".unicodeScalars.map { UInt8($0.value) }) + Array("c\n".utf8), to: "a.log")
        let run = try await read(path, "\"encoding\":\"windows-1252\"")
        #expect(run.lines == ["\"a\"", "\"c\""])
        #expect(run.rejections.count == 1)
        #expect(run.rejections[0].hasPrefix("\(path):2: byte 1: the bytes mean nothing in windows-1252"))
    }

    static let faults: [(String, [UInt8], String)] = [
        (
            "a.csv", Array("n,gr".utf8) + [0xF6, 0xDF] + Array("e\n1,2\n".utf8),
            ":1: byte 5: the header row is not UTF-8 text: set encoding"
        ),
        ("a.csv", [0xFF, 0xFE, 0x61, 0x00], ":1: byte 1: the text begins as UTF-16 does: set encoding to UTF-16"),
        ("a.log", [0xFE, 0xFF, 0x00, 0x61], ":1: byte 1: the text begins as UTF-16 does"),
        ("a.ndjson", [0x7B, 0x00, 0x7D, 0x00, 0x0A, 0x00], ":1: byte 1: the text begins as UTF-16LE does"),
        ("a.csv", Array("a,b\r1,2\r3,4\r".utf8), ":1: byte 4: a carriage return alone ends no line"),
        ("a.log", Array("one\rtwo\rthree".utf8), ":1: byte 4: a carriage return alone ends no line"),
        (
            "a.csv", Array("sep=;\na;b\n1;2\n".utf8),
            ":1: byte 5: the file says that its delimiter is ;: set csv.delimiter to it"
        ),
        (
            "a.csv", Array("# made by x\na,b\n1,2\n".utf8),
            ":1: byte 1: the header row is a comment: set csv.comment to #"
        ),
        ("a.csv", Array("a,\"b\n1,2\n".utf8), ":1: byte 3: the header row cannot be read: field 2 opens with a quote"),
        (
            "a.csv", Array("a,b\n1,\"2\n3,4\n5,6\n".utf8),
            ":2: byte 7: field 2 opens with a quote that is never closed: 3 lines and 11 bytes up to the end are in it"
        ),
        (
            "a.csv", Array("a,b\n1,".utf8) + [0xE9] + Array("\n".utf8),
            ":2: byte 7: the bytes are not UTF-8 text: set encoding"
        ),
        (
            "a.log", Array("ok\nb".utf8) + [0xE9] + Array("d\n".utf8),
            ":2: byte 2: the bytes are not UTF-8 text: set encoding"
        ),
    ]

    @Test("What cannot be read is named with its line and byte, and the next file is read", arguments: faults)
    func named(_ name: String, _ bytes: [UInt8], _ message: String) async throws {
        let path = try directory.write(bytes, to: name)
        let next = try directory.write("{\"n\":1}\n", to: "z.ndjson")
        let run = try await read("\(path),\(next)")
        #expect(run.rejections.count == 1)
        #expect(run.rejections.first?.hasPrefix(path + message) == true, "\(run.rejections)")
        #expect(run.lines.last == "{\"n\":1}" && run.isFinished)
    }

    @Test("A sep line that agrees and comments are no rows")
    func passedOver() async throws {
        let path = try directory.write("sep=;\n#x\na;b\n1;2\n#3;4\n5;6\n", to: "a.csv")
        let settings = "\"csv.delimiter\":\";\",\"csv.comment\":\"#\""
        let run = try await read(path, settings)
        #expect(run.lines == ["{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"5\",\"b\":\"6\"}"] && run.rejections.isEmpty)
        var start = SourceRun()
        try await start.drain(try await makeSource(path, settings), polls: 1)
        try directory.append("7;8\n", to: "a.csv")
        #expect(try await read(path, settings, positions: start.positions).lines == ["{\"a\":\"7\",\"b\":\"8\"}"])
    }

    @Test("An open quote that is followed is told, for it swallows what comes")
    func openQuote() async throws {
        let writer = try LogWriter(directory("a.csv"))
        try writer.write("a,b\n1,2\n3,\"4\n5,6\n7,8\n")
        let tail = try await Tail(directory("a.csv"))
        try await tail.read(for: .seconds(20))
        #expect(tail.lines.count == 1)
        #expect(
            tail.driver.log.text.contains("not closed so far: 3 lines are in it")
                && tail.driver.log.text.contains("line=3"))
    }

    @Test("Settings that name no character set are refused", arguments: ["no-such", "UTF-7", "ISO-2022-JP"])
    func unknownEncoding(_ name: String) async {
        await #expect(throws: (any Error).self) { _ = try await read("/dev/null", "\"encoding\":\"\(name)\"") }
    }
}
