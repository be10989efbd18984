import ConnectorKit
import Testing

@Suite("Values")
struct ValueTests {
    @Test(
        "Whole numbers are exact or nil",
        arguments: [
            ("0", 0), ("-0", 0), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil), ("1.0", nil),
            ("1e3", nil), ("123456789012345678901234567890", nil),
        ] as [(String, Int64?)])
    func int(_ text: String, _ expected: Int64?) throws {
        let batch = try parsed(text)
        #expect(batch[0].value.int == expected)
        #expect(batch[0].value.decimalText == text)
        #expect(batch[0].value.kind == .number)
    }

    @Test(
        "Unsigned numbers",
        arguments: [
            ("0", 0), ("-0", 0), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("-1", nil),
        ] as [(String, UInt64?)])
    func uint(_ text: String, _ expected: UInt64?) throws {
        #expect(try parsed(text)[0].value.uint == expected)
    }

    @Test(
        "Doubles are the nearest",
        arguments: [
            ("0.1", 0.1), ("1e400", Double.infinity), ("-1.5E-3", -0.0015), ("12", 12),
        ])
    func double(_ text: String, _ expected: Double) throws {
        #expect(try parsed(text)[0].value.double == expected)
    }

    @Test("isInteger looks at the text", arguments: [("1", true), ("1.0", false), ("1e2", false), ("true", false)])
    func isInteger(_ text: String, _ expected: Bool) throws {
        #expect(try parsed(text)[0].value.isInteger == expected)
    }

    @Test(
        "Strings are unescaped",
        arguments: [
            (#""""#, ""), (#""x""#, "x"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u65E5""#, "é日"),
            (#""\ud83d\ude80""#, "🚀"), (#""\ud83d""#, "\u{fffd}"), (#""\ud83dx""#, "\u{fffd}x"),
            (#""\ud83d\u0041""#, "\u{fffd}A"), (#""\ude80""#, "\u{fffd}"), (#""🚀é""#, "🚀é"),
        ])
    func string(_ text: String, _ expected: String) throws {
        let batch = try parsed(text)
        #expect(batch[0].value.string == expected)
        #expect(batch[0].value.equals(FieldName(interning: expected)) == true)
        let bytes = unsafe batch[0].value.withUTF8 { unsafe Array($0) }
        #expect(bytes == Array(expected.utf8))
        #expect(batch.lines == [text])
    }

    @Test("Missing values answer nil to everything")
    func missing() throws {
        let batch = try parsed(#"{"a":{"b":[1]}}"#)
        let value = batch[0]["x"]["y"][3][path: FieldPath(name: "z")]
        #expect(!value.exists && !value.isNull && value.kind == .missing && value.count == 0)
        #expect(value.string == nil && value.int == nil && value.uint == nil && value.double == nil)
        #expect(value.bool == nil && value.decimalText == nil && value.location == nil)
        #expect(value.jsonText == "null")
        #expect(!(value == "") && value != "x")
        value.forEach { _ in Issue.record("a child of nothing") }
        #expect(batch[0].key.kind == .missing && batch[0].headers.count == 0 && batch[0].topic == nil)
    }

    @Test(
        "Kinds",
        arguments: [
            ("null", ValueKind.null), ("true", .bool), ("1", .number), (#""x""#, .string), ("[]", .array),
            ("{}", .object),
        ])
    func kinds(_ text: String, _ kind: ValueKind) throws {
        #expect(try parsed(text)[0].value.kind == kind)
    }

    @Test("Kinds of a typed source")
    func typedKinds() throws {
        _ = try edited("{}") { record in
            record.set("int", 1)
            record.set("uint", UInt64(2))
            record.set("double", 2.5)
            record.set("bytes", RawBytes([1, 2]))
            #expect(record["int"].kind == .int && record["int"].uint == 1 && record["int"].decimalText == "1")
            #expect(record["uint"].kind == .uint && record["uint"].int == 2 && record["uint"].isInteger)
            #expect(record["double"].kind == .double && record["double"].int == nil)
            #expect(record["double"].decimalText == "2.5" && record["int"].double == 1)
            #expect(record["bytes"].kind == .bytes && record["bytes"].string == nil)
            let bytes = unsafe record["bytes"].withBytes { unsafe Array($0) }
            #expect(bytes == [1, 2])
        }
    }

    @Test("Children in order, names as values")
    func children() throws {
        let batch = try parsed(#"{"a":[1,"x",null],"b\n":{"c":true}}"#)
        var seen: [String] = []
        batch[0].value.forEachMember { name, value in
            seen.append(name.string ?? "?")
            seen.append(value.jsonText)
            #expect(name.kind == .string && name.exists && !name.isNull && name.int == nil && name.count == 0)
            #expect(name == "a" || name.equals("b\n"))
        }
        #expect(seen == ["a", #"[1,"x",null]"#, "b\n", #"{"c":true}"#])
        #expect(batch[0]["a"][1] == "x" && batch[0]["a"].count == 3 && !batch[0]["a"][3].exists)
        #expect(batch[0]["a"][-1].exists == false)
        var elements = 0
        batch[0]["a"].forEach { _ in elements += 1 }
        #expect(elements == 3)
    }

    @Test("Locations and raw text")
    func places() throws {
        let batch = try parsed(#"{"a": [1, 2], "b":"x\ty"}"#)
        #expect(batch[0]["a"].location == 6 && batch[0]["b"].location == 18)
        let raw = batch[0]["a"].rawText
        #expect(raw.byteCount == 6)
        #expect(batch[0]["b"].rawText.byteCount == 4)
    }

    @Test("Names can be copied as values")
    func copiedNames() throws {
        let text = try edited(#"{"k\u0065y":1}"#) { record in
            var done = false
            record.value.forEachMember { name, _ in
                if !done { record.set("name", copyOf: name) }
                done = true
            }
        }
        #expect(text == #"{"k\u0065y":1,"name":"k\u0065y"}"#)
    }
}
