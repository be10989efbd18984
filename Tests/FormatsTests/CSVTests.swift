import FoundationEssentials
import Testing

@testable import Formats

@Suite("CSV")
struct CSVTests {
    static let texts: [(String, [[String]])] = [
        ("", []), ("\n\r\n\n", []), ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]), (",\n", [["", ""]]),
        ("\"a\nb\",\"c \"\"x\"\" d\",\"\"\n", [["a\nb", "c \"x\" d", ""]]),
        ("a \"b\" c,d\n", [["a \"b\" c", "d"]]), ("\"\"\"\"\n\"\"\"\"\"\"", [["\""], ["\"\""]]),
        ("\"a,b\r\nc\",d\r\n\r\ne,\"f\"", [["a,b\r\nc", "d"], ["e", "f"]]), ("ä,\"ö\"\n", [["ä", "ö"]]),
    ]

    @Test("Rows and fields are found whatever the pieces", arguments: texts, [1, 2, 3, 1000])
    func rows(_ text: (String, [[String]]), piece: Int) throws {
        #expect(try rows(of: text.0, piece: piece) == text.1)
    }

    @Test("Python's csv module reads the same fields from generated text")
    func againstPython() throws {
        let make = """
            import csv,random,sys; random.seed(7); w=csv.writer(sys.stdout)
            for i in range(2000): w.writerow([''.join(random.choice('ab,"\\n\\r é;') for _ in range(random.randrange(0,9))) for _ in range(4)])
            """
        let text = try python("import sys,io;sys.stdout=io.TextIOWrapper(sys.stdout.buffer,newline='')\n" + make)
        let read =
            "import csv,json,sys,io; print(json.dumps(list(csv.reader(io.TextIOWrapper(sys.stdin.buffer,newline='')))))"
        let expected = try JSONDecoder().decode([[String]].self, from: Data(python(read, input: text)))
        #expect(try rows(of: String(decoding: text, as: UTF8.self), piece: 100) == expected)
    }

    @Test("Python's csv module reads what the writer wrote, delimiters, quotes and line ends included")
    func writer() throws {
        let rows = [
            ["plain", "with,comma", "with \"quotes\""], ["two\nlines", "", "\r"], ["ü", " spaces ", "a;b"], [""],
        ]
        var writer = CSVWriter()
        for row in rows {
            for field in row { writer.writeField(field) }
            writer.endRow()
        }
        let text = unsafe writer.withBytes { unsafe Array($0) }
        let read =
            "import csv,json,sys,io; print(json.dumps(list(csv.reader(io.TextIOWrapper(sys.stdin.buffer,newline='')))))"
        #expect(try JSONDecoder().decode([[String]].self, from: Data(python(read, input: text))) == rows)
        #expect(try self.rows(of: String(decoding: text, as: UTF8.self), piece: 5) == rows)
    }

    @Test("Only fields that need quotes get them")
    func quoting() {
        var writer = CSVWriter(delimiter: UInt8(ascii: ";"))
        for field in ["a,b", "a;b", "x"] { writer.writeField(field) }
        writer.endRow()
        #expect(unsafe writer.withBytes { unsafe String(decoding: $0, as: UTF8.self) } == "a,b;\"a;b\";x\n")
    }

    @Test(
        "Rows that break the quoting rules are refused",
        arguments: [
            ("a,\"b", CSVRow.Problem.unclosedQuote(field: 2)), ("\"a\"x,b", .textAfterQuote(field: 1)),
            ("\"", .unclosedQuote(field: 1)),
        ])
    func problems(_ text: String, _ problem: CSVRow.Problem) {
        var row = CSVRow()
        let bytes = Array(text.utf8)
        #expect(throws: problem) { try unsafe bytes.withUnsafeBytes { try unsafe row.read($0) } }
    }

    @Test("Rows know their line, and lines inside quotes count")
    func lines() {
        var splitter = CSVSplitter(maximumRowBytes: 100)
        let found = frames(Array("a\n\n\"x\ny\"\nb\n".utf8), &splitter, piece: 2)
        #expect(found == [.frame("a", line: 1), .frame("\"x\ny\"", line: 3), .frame("b", line: 5)])
        #expect(splitter.lineCount == 5)
    }

    @Test("A row over the limit is skipped to its end, quotes obeyed", arguments: [1, 4, 100])
    func oversized(piece: Int) {
        var splitter = CSVSplitter(maximumRowBytes: 6)
        let found = frames(Array("a,b\n\"long\nand longer\",c\nd\n".utf8), &splitter, piece: piece)
        #expect(
            found == [.frame("a,b", line: 1), .oversized(startBytes: 19, byteCount: 19, line: 2), .frame("d", line: 4)])
    }

    private func rows(of text: String, piece: Int) throws -> [[String]] {
        var splitter = CSVSplitter(maximumRowBytes: 1 << 20)
        return try frames(Array(text.utf8), &splitter, piece: piece).map { found in
            guard case .frame(let row, _) = found else { return [] }
            return try fields(of: Array(row.utf8))
        }
    }

    private func fields(of row: [UInt8]) throws -> [String] {
        var reader = CSVRow()
        return try unsafe row.withUnsafeBytes { bytes in
            try unsafe reader.read(bytes)
            return (0..<reader.count).map { index in
                unsafe reader.withField(index, of: bytes) { unsafe String(decoding: $0, as: UTF8.self) }
            }
        }
    }
}
