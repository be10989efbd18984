import Testing

@testable import Formats

private let pieces = [1, 2, 3, 7, 16, 1000]

@Suite("Line splitter")
struct LineSplitterTests {
    @Test("Lines of any pieces are the same; the last needs no end", arguments: pieces)
    func lines(piece: Int) {
        var splitter = LineSplitter(maximumLineBytes: 20)
        let found = frames(Array("one\r\n\ntwo\rthree\n\r\nlast".utf8), &splitter, piece: piece)
        #expect(found == ["one", "", "two\rthree", "", "last"].enumerated().map { .frame($1, line: $0 + 1) })
        #expect(splitter.lineCount == 5)
    }

    @Test("A line over the limit is skipped to its end, whatever the pieces", arguments: pieces)
    func oversized(piece: Int) {
        var splitter = LineSplitter(maximumLineBytes: 5)
        let found = frames(Array("12345\r\n123456\nok\n1234567".utf8), &splitter, piece: piece)
        #expect(
            found == [
                .frame("12345", line: 1), .oversized(startBytes: 6, byteCount: 6, line: 2), .frame("ok", line: 3),
                .oversized(startBytes: 7, byteCount: 7, line: 4),
            ])
    }

    @Test("Of a huge line only the first bytes are kept", arguments: [1000, 5000])
    func sample(piece: Int) {
        var splitter = LineSplitter(maximumLineBytes: 100)
        let found = frames([UInt8](repeating: 0x78, count: 50_000) + [0x0A], &splitter, piece: piece)
        #expect(found == [.oversized(startBytes: OversizedFrame.startBytes, byteCount: 50_000, line: 1)])
    }
}

@Suite("JSON splitter")
struct JSONSplitterTests {
    static let texts: [(String, [String])] = [
        ("", []), (" \n ", []), ("[]", []), ("[ 1 , \"a,]\" ,{\"b\":[1,2]}]", ["1", "\"a,]\"", "{\"b\":[1,2]}"]),
        (
            "{\"a\":\"}\\\"{\"}{\"b\":2}\n[3,4] 5 true\"x\"",
            ["{\"a\":\"}\\\"{\"}", "{\"b\":2}", "[3,4]", "5", "true", "\"x\""]
        ),
        ("[1]\n[2,3]", ["1", "2", "3"]), ("[[1,2],[3]]", ["[1,2]", "[3]"]), ("{\"a\":1", ["{\"a\":1"]),
        ("}{}", ["}", "{}"]),
        (
            "[{\"k\":\"a long text with \\\\ and \\\" inside, 16 bytes and more\"},null]",
            ["{\"k\":\"a long text with \\\\ and \\\" inside, 16 bytes and more\"}", "null"]
        ),
        ("[1 2]", ["1", "2"]), ("abc,def", ["abc", ",", "def"]),
    ]

    @Test("Values are found whatever the pieces", arguments: texts, pieces)
    func values(_ text: (String, [String]), piece: Int) {
        var splitter = JSONSplitter(maximumValueBytes: 100)
        let found = frames(Array(text.0.utf8), &splitter, piece: piece)
        #expect(found == text.1.map { .frame($0, line: found.isEmpty ? 0 : line(of: $0, in: found)) })
    }

    private func line(of value: String, in found: [Found]) -> Int {
        for case .frame(value, let line) in found { return line }
        return 0
    }

    @Test("Lines are counted through values, strings and pieces", arguments: pieces)
    func lines(piece: Int) {
        var splitter = JSONSplitter(maximumValueBytes: 100)
        let found = frames(Array("[\n{\n\"a\":\n1},\n\n2,\n{}\n]\n".utf8), &splitter, piece: piece)
        #expect(found == [.frame("{\n\"a\":\n1}", line: 2), .frame("2", line: 6), .frame("{}", line: 7)])
        #expect(splitter.lineCount == 8)
        #expect(!splitter.isInsideArray)
    }

    @Test("An array without its end is told", arguments: ["[", "[1,2", "[{}"])
    func unclosed(_ text: String) {
        var splitter = JSONSplitter(maximumValueBytes: 100)
        _ = frames(Array(text.utf8), &splitter, piece: 2)
        #expect(splitter.isInsideArray)
    }

    @Test("A value over the limit is skipped to its end", arguments: pieces)
    func oversized(piece: Int) {
        var splitter = JSONSplitter(maximumValueBytes: 10)
        let found = frames(Array("[1,{\"a\":\"x]}\\\"yyyyyyyy\"},3]".utf8), &splitter, piece: piece)
        #expect(
            found == [.frame("1", line: 1), .oversized(startBytes: 21, byteCount: 21, line: 1), .frame("3", line: 1)])
    }

    @Test("Arrays are values when asked for")
    func wholeValues() {
        var splitter = JSONSplitter(framing: .values, maximumValueBytes: 100)
        #expect(frames(Array("[1,2]".utf8), &splitter, piece: 2) == [.frame("[1,2]", line: 1)])
    }

    @Test("A splitter that begins inside an array goes on there")
    func resumed() {
        var splitter = JSONSplitter(framing: .elements, maximumValueBytes: 100, isInsideArray: true, lineCount: 4)
        #expect(frames(Array(",2,\n3]".utf8), &splitter, piece: 2) == [.frame("2", line: 5), .frame("3", line: 6)])
    }
}
