@_spi(Testing) import ConnectorKit
import Testing

/// Line breaks between the tokens of JSON say nothing, and a record is one line.
@Suite("Line breaks within a record", .serialized)
struct LineBreakTests {
    /// Where a line break may stand, each replaced by one.
    private static let breaks = ["\n", "\r", "\r\n", "\n\n \t\r\n"]
    /// `~` is a line break.
    private static let texts = [
        #"{~"id":~1,~"n":~[1,~2~]~}"#, #"[~{~"a"~:~"x\n\r\u000a"~}~,~-1.50e+3~]"#, #"{"a":{"b":~[]}}"#, #"[1,2~]"#,
        #"{"long":""# + String(repeating: "x", count: 300) + #"",~"é":"ü","t":[true,~null]}"#,
    ]
    private static let framings: [Framing] = [.single, .concatenated, .lines]

    private static func unbroken(_ text: String, _ lineBreak: String) -> String {
        text.replacing("~", with: lineBreak.filter { !$0.isNewline })
    }

    @Test("are left out where a record was read and not edited", arguments: breaks, JSONInstructions.available)
    func unedited(_ lineBreak: String, _ instructions: JSONInstructions) throws {
        let before = JSONInstructions.current
        instructions.use()
        defer { before.use() }
        for text in Self.texts {
            let broken = text.replacing("~", with: lineBreak)
            let framings = Self.framings.filter { $0 != .lines || !lineBreak.utf8.contains(0x0A) }
            for framing in framings {
                let batch = try parsed(broken + "\n", as: framing)
                let expected = Self.unbroken(text, lineBreak)
                #expect(batch.rejections.isEmpty)
                #expect(batch.lines == [expected] && batch[0].value.jsonText == expected)
                #expect(sourceText(of: 0, in: batch) == broken)
                #expect(batch[0].value.mayHaveLineBreaks == true)
            }
        }
    }

    @Test("are left out where a record was edited, beside the edit and below it", arguments: breaks)
    func edited(_ lineBreak: String) throws {
        let text = #"{"a":~[1,~{"b":2~}],"c":3,~"d":4,"e":{"f":5,~"g":[~]}}"#
        var batch = try parsed(text.replacing("~", with: lineBreak), as: .single)
        try batch.edit {
            $0.remove("c")
            $0.set("copy", copyOf: $0["a"])
            $0.object("e").set("f", "x\ny")
            return true
        }
        let plain = Self.unbroken(text, lineBreak).replacing(#""c":3,"#, with: "")
            .replacing(#""f":5"#, with: #""f":"x\ny""#)
        let blank = String(lineBreak.filter { !$0.isNewline })
        let copy = #"[1,\#(blank){"b":2\#(blank)}]"#
        let line = try #require(batch.lines.first)
        #expect(batch.lines.count == 1)
        #expect(
            line.filter { $0 != " " && $0 != "\t" }
                == (plain.dropLast() + #","copy":\#(copy)}"#).filter { $0 != " " && $0 != "\t" })
    }

    @Test("are left out of copies: of one record, of all, of a value, of each element")
    func copies() throws {
        let source = try parsed("[{\"a\":\n[1,\r\n2]}, {\"b\":\n{}}]", as: .single)
        let line = "[{\"a\":[1,2]}, {\"b\":{}}]"
        var one = RecordBatch(bytes: 16)
        try one.appendCopy(of: 0, from: source)
        var all = RecordBatch(bytes: 16)
        try all.append { $0.add("first", 1) }
        try all.appendAll(from: one)
        var value = try parsed("{}")
        try value.edit {
            $0.setValue(copyOf: source[0].value)
            $0.setKey(copyOf: source[0].value)
            return true
        }
        #expect(one.lines == [line] && all.lines == ["{\"first\":1}", line])
        #expect(value.lines == [line] && value[0].key.jsonText == line)
        #expect(try one.explode(0, at: nil) == 2)
        #expect(one.lines == ["{\"a\":[1,2]}", "{\"b\":{}}"])
    }

    @Test("between records are none within, and a batch forgets them")
    func outside() throws {
        for text in ["{\"a\":1}\r\n{\"a\":2}\r\n", "\r\n\r\n{\"a\":1}\n\n{\"a\":2}\r"] {
            for framing in [Framing.lines, .concatenated] {
                let batch = try parsed(text, as: framing)
                #expect(batch.lines == ["{\"a\":1}", "{\"a\":2}"] && batch[0].value.mayHaveLineBreaks == false)
            }
        }
        var batch = try parsed("{\n}", as: .single)
        #expect(batch[0].value.mayHaveLineBreaks == true)
        batch.reset()
        var reader = JSONReader()
        try batch.read("{\"a\": 1}\n", with: &reader)
        #expect(batch[0].value.mayHaveLineBreaks == false && batch.lines == ["{\"a\": 1}"])
    }
}
