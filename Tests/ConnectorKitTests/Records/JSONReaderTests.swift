import ConnectorKit
import Testing

@Suite("Reading JSON")
struct JSONReaderTests {
    @Test(
        "Messages name line, column, expectation and what was found",
        arguments: [
            (#"{"a":1 "b":2}"#, #"column 8: expected ',' or '}' after a member, found '"'"#),
            ("[1 2]", "column 4: expected ',' or ']' after an element, found '2'"),
            (#"{"a" 1}"#, "column 6: expected ':' after a name, found '1'"),
            ("{a:1}", "column 2: expected a name in quotes or '}', found 'a'"),
            (#"{"a":1,}"#, "column 8: expected a name in quotes, found '}'"),
            (#"{"a":}"#, "column 6: expected a value, found '}'"),
            (#"{"a":tru}"#, "column 9: expected true, found '}'"),
            (#"{"a":01}"#, "column 7: expected the end of a number or word, found '1'"),
            (#"{"a":1.}"#, "column 8: expected a digit, found '}'"),
            (#"{"a":-"#, "column 7: expected a digit, found the end"),
            (#"{"a":"x"#, "column 8: expected '\"' at the end of a string, found the end"),
            (#"{"a":"\x"}"#, #"column 8: expected one of "\/bfnrtu after a backslash, found 'x'"#),
            (#"{"a":"\u12g4"}"#, #"column 11: expected four hexadecimal digits after '\u', found 'g'"#),
            (
                "{\"a\":\"\t\"}",
                "column 7: expected an escape for a control character in a string, found control character 0x09"
            ),
            (#"{"a":1} x"#, "column 9: expected the end after the value, found 'x'"),
            ("\u{feff}{}", "column 1: expected a value, found a byte order mark"),
            ("é", "column 1: expected a value, found 'é'"),
            ("{", "column 2: expected a name in quotes or '}', found the end"),
        ])
    func messages(_ text: String, _ message: String) throws {
        let batch = try parsed(text)
        #expect(batch.messages == ["line 1, " + message])
        #expect(batch.rejections.map(\.stage) == [.valueConverter] && batch.rejections[0].error.kind == .rejected)
        #expect(sourceText(of: 0, in: batch) == text)
        #expect(batch[0].value.exists == false)
    }

    @Test("Only bad lines are rejected, and they keep their bytes")
    func badLines() throws {
        let lines = (0..<3000).map {
            $0 % 7 == 3 ? "{\"n\":\($0)" : $0 % 11 == 5 ? "{\"n\":\($0),\"s\":\"\u{1}\"}" : "{\"n\":\($0)}"
        }
        var batch = RecordBatch()
        var reader = JSONReader()
        let counts = try batch.read(lines.joined(separator: "\n") + "\n", with: &reader)
        let bad = lines.indices.filter { $0 % 7 == 3 || $0 % 11 == 5 }
        #expect(counts == (3000, bad.count, 3000))
        #expect(batch.rejections.map(\.recordIndex) == bad)
        #expect(batch.deliverableCount == 3000 - bad.count)
        for index in bad {
            #expect(sourceText(of: index, in: batch) == lines[index])
            #expect(batch.isDeliverable(index) == false)
        }
        for (index, message) in zip(bad, batch.messages) { #expect(message.hasPrefix("line \(index + 1), column ")) }
        #expect(batch.lines == lines.indices.filter { !bad.contains($0) }.map { lines[$0] })
    }

    @Test("Invalid UTF-8 rejects its line alone")
    func notUTF8() throws {
        var batch = RecordBatch()
        let bytes = Array("{\"a\":\"é\"}\n{\"a\":\"".utf8) + [0xff] + Array("\"}\n{\"b\":1}\n".utf8)
        let range = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        let counts = try reader.read(range, as: .lines, into: &batch)
        #expect(counts == (3, 1, 3))
        #expect(batch.messages == ["line 2, column 7: expected UTF-8 text, found byte 0xff"])
        #expect(batch.lines == [#"{"a":"é"}"#, #"{"b":1}"#])
    }

    @Test(
        "Blank lines are skipped, CR LF ends a line, the last line needs no end",
        arguments: [
            ("", 0, 0), ("\n", 0, 1), ("\n\n1\n", 1, 3), ("1\r\n2\r\n", 2, 2), ("1\n \t\n2", 2, 3), ("  1  \n", 1, 1),
            ("1\n\n", 1, 2), ("\"x\"\n\"y\"", 2, 2), ("{}\n[]\n", 2, 2),
        ])
    func blankLines(_ text: String, _ records: Int, _ lines: Int) throws {
        var batch = RecordBatch()
        var reader = JSONReader()
        #expect(try batch.read(text, with: &reader) == (records, 0, lines))
        #expect(batch.count == records)
    }

    @Test("A value over two lines is two bad lines")
    func spanningLines() throws {
        let batch = try parsed("{\"a\":1}\n{\"b\":\n2}\n\n{\"c\":3}\n[\n]\n4\n")
        #expect(batch.lines == [#"{"a":1}"#, #"{"c":3}"#, "4"])
        #expect(batch.messages.map { $0.prefix(6) } == ["line 2", "line 3", "line 6", "line 7"])
    }

    @Test("Many lines at once, with a value over lines among them")
    func spanningAmongMany() throws {
        let good = (0..<20_000).map { "{\"number\":\($0)}" }
        var lines = good
        lines[9_000] = "{\"a\":\n1}"
        let batch = try parsed(lines.joined(separator: "\n"))
        #expect(batch.count == 20_001 && batch.rejections.map(\.recordIndex) == [9_000, 9_001])
        #expect(batch.lines == Array(good[..<9_000] + good[9_001...]))
    }

    @Test(
        "Concatenated values, with white space or without",
        arguments: [
            #"{"a":1}{"b":2}[3]"#, "{\"a\":1}\n\n{\"b\":2} [3]", "{\"a\":1}\t{\"b\":2}\r\n[3]\n",
            "  {\"a\":1}{\"b\":2}[3]",
        ])
    func concatenated(_ text: String) throws {
        let batch = try parsed(text, as: .concatenated)
        #expect(batch.lines == [#"{"a":1}"#, #"{"b":2}"#, "[3]"])
    }

    @Test("Concatenated values far larger than a piece, and values cut by one")
    func largeConcatenated() throws {
        let large = "{\"a\":[" + Array(repeating: "\"é\\n\"", count: 60_000).joined(separator: ",") + "]}"
        let numbers = (0..<40_000).map { String($0 * 12_345) }
        let batch = try parsed(large + "\n" + numbers.joined(separator: " ") + " " + large, as: .concatenated)
        #expect(batch.count == 40_002 && batch.rejections.isEmpty)
        #expect(batch.lines == [large] + numbers + [large])
    }

    @Test("A bad concatenated value goes up to the next line that begins with a bracket")
    func badConcatenated() throws {
        let text = "{\"a\":1}\n{\"b\":\n  x,\n  {}\n}\n{\"c\":3}{\"d\":4}\n{\"e\":"
        var batch = RecordBatch()
        var reader = JSONReader()
        #expect(try batch.read(text, as: .concatenated, with: &reader) == (5, 2, 7))
        #expect(batch.lines == [#"{"a":1}"#, #"{"c":3}"#, #"{"d":4}"#])
        #expect(sourceText(of: 1, in: batch) == "{\"b\":\n  x,\n  {}\n}")
        #expect(
            batch.messages == [
                "line 3, column 3: expected a value, found 'x'", "line 7, column 6: expected a value, found the end",
            ])
    }

    @Test(
        "A single value is all or nothing",
        arguments: [
            ("{\n\"a\" : 1\n}\n", [String]()), ("", ["line 1, column 1: expected a value, found the end"]),
            ("{} {}", ["line 1, column 4: expected the end after the value, found '{'"]),
            ("{\n\"a\":\n", ["line 2, column 5: expected a value, found the end"]),
        ])
    func single(_ text: String, _ messages: [String]) throws {
        let batch = try parsed(text, as: .single)
        #expect(batch.count == 1 && batch.messages == messages)
        #expect(batch.deliverableCount == 1 - messages.count)
    }

    @Test("Depth is bounded")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        let batch = try parsed(nested(512) + "\n" + nested(513) + "\n")
        #expect(batch.lines == [nested(512)])
        #expect(batch.messages == ["line 2, column 513: expected at most 512 levels of nesting, found '['"])
        var shallow = JSONReader(maximumDepth: 2)
        var other = RecordBatch()
        #expect(try other.read("[[1]]\n[[[1]]]\n{\"a\":{\"b\":{}}}", with: &shallow) == (3, 2, 3))
    }

    @Test("A part of a text is read as if nothing followed")
    func parts() throws {
        var batch = RecordBatch()
        var reader = JSONReader()
        let text = Array("123456{\"a\":1}}".utf8)
        let range = try unsafe batch.appendText(minimum: text.count) { room in
            unsafe room.copyBytes(from: text)
            return text.count
        }
        for (offset, count) in [(0, 3), (3, 3), (6, 7), (6, 8)] {
            _ = try reader.read(TextRange(offset: range.offset + offset, count: count), as: .lines, into: &batch)
        }
        #expect(batch.lines == ["123", "456", #"{"a":1}"#] && batch.rejections.map(\.recordIndex) == [3])
        #expect(unsafe batch.withText(range) { unsafe Array($0) } == text)
    }

    @Test("Line numbers begin where the caller says")
    func firstLine() throws {
        var batch = RecordBatch()
        let range = try unsafe batch.appendText(minimum: 8) { room in
            unsafe room.copyBytes(from: Array("1\n2\nx".utf8))
            return 5
        }
        var reader = JSONReader()
        _ = try reader.read(range, as: .lines, firstLine: 41, into: &batch)
        #expect(batch.messages == ["line 43, column 1: expected a value, found 'x'"])
    }
}

/// The text a record was read from.
func sourceText(of index: Int, in batch: borrowing RecordBatch) -> String? {
    unsafe batch.withSourceText(index) { bytes in
        guard let bytes = unsafe bytes else { return nil }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
