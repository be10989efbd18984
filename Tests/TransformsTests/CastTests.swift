import ConnectorKit
import Testing

@Suite("Cast")
struct CastTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let value: String
        let type: String
        let result: String
        init(_ value: String, _ type: String, _ result: String) {
            (self.value, self.type, self.result) = (value, type, result)
        }
        var testDescription: String { "\(value) to \(type) is \(result)" }
    }

    static let conversions = [
        // Whole numbers keep their low bits.
        Case("127", "int8", "127"), Case("128", "int8", "-128"), Case("300", "int8", "44"),
        Case("32768", "int16", "-32768"), Case("4294967297", "int32", "1"), Case("2147483648", "int32", "-2147483648"),
        Case("9223372036854775807", "int64", "9223372036854775807"),
        Case("9223372036854775808", "int64", "-9223372036854775808"),
        Case("18446744073709551617", "int64", "1"), Case("-18446744073709551617", "int8", "-1"),
        // Fractions are cut off, and pass through int32 on the way to smaller types.
        Case("-2.9", "int32", "-2"), Case("300.7", "int8", "44"), Case("1e20", "int32", "2147483647"),
        Case("1e20", "int64", "9223372036854775807"), Case("-1e20", "int64", "-9223372036854775808"),
        Case("1e20", "int8", "-1"), Case("1e20", "int16", "-1"), Case("0.9", "int64", "0"),
        // Floating point.
        Case("42", "float64", "42.0"), Case("1.10", "float64", "1.1"), Case("0.1", "float32", "0.1"),
        Case("16777217", "float32", "16777216.0"), Case("0.12345678901234567890", "float64", "0.12345678901234568"),
        Case("1e400", "float64", "\"Infinity\""), Case("-1e300", "float32", "\"-Infinity\""),
        // Strings are parsed.
        Case("\"+42\"", "int32", "42"), Case("\"-128\"", "int8", "-128"), Case("\" 1.5 \"", "float64", "1.5"),
        Case("\"1e3\"", "float64", "1000.0"), Case("\"2d\"", "float64", "2.0"), Case("\"2.5F\"", "float32", "2.5"),
        Case("\"NaN\"", "float64", "\"NaN\""), Case("\"-Infinity\"", "float32", "\"-Infinity\""),
        Case("\"4\\u0032\"", "int64", "42"),
        // Truth values.
        Case("true", "int8", "1"), Case("false", "float64", "0.0"), Case("true", "string", "\"true\""),
        Case("true", "float32", "1.0"), Case("true", "boolean", "true"),
        Case("\"TRUE\"", "boolean", "true"), Case("\"yes\"", "boolean", "false"), Case("\"1\"", "boolean", "false"),
        Case("0.5", "boolean", "false"), Case("-1", "boolean", "true"), Case("0", "boolean", "false"),
        Case("18446744073709551616", "boolean", "false"),
        // To string: whole numbers as written, others as Java writes them.
        Case("42", "string", "\"42\""), Case("-0", "string", "\"0\""), Case("1.50", "string", "\"1.5\""),
        Case("123456789012345678901234567890", "string", "\"123456789012345678901234567890\""),
        Case("1e10", "string", "\"1.0E10\""), Case("10000000.0", "string", "\"1.0E7\""),
        Case("0.000015", "string", "\"1.5E-5\""), Case("-0.0", "string", "\"-0.0\""), Case("1.5", "string", "\"1.5\""),
        Case("\"a\\n\"", "string", "\"a\\n\""),
        // Null stays.
        Case("null", "int8", "null"), Case("null", "string", "null"),
    ]

    @Test("converts a field", arguments: conversions)
    func field(_ item: Case) throws {
        let outcome = try transform("Cast", #"{"spec":"a:\#(item.type)"}"#, value: #"{"a":\#(item.value),"b":1}"#)
        #expect(outcome.value == (try JSON(#"{"a":\#(item.result),"b":1}"#)))
    }

    @Test("converts a whole value", arguments: conversions)
    func whole(_ item: Case) throws {
        let outcome = try transform("Cast$Value", #"{"spec":"\#(item.type)"}"#, value: item.value)
        #expect(outcome.value == (try JSON(item.result)))
    }

    @Test("converts a whole key", arguments: conversions)
    func wholeKey(_ item: Case) throws {
        let record = TestRecord(value: "{}", key: item.value)
        let outcome = try transform("Cast$Key", #"{"spec":"\#(item.type)"}"#, record)
        #expect(outcome.key == (try JSON(item.result)))
        #expect(outcome.value == .object([:]))
    }

    static let failures: [(value: String, type: String)] = [
        ("\"300\"", "int8"), ("\"-129\"", "int8"), ("\"32768\"", "int16"), ("\"2147483648\"", "int32"),
        ("\"9223372036854775808\"", "int64"), ("\"42.0\"", "int32"), ("\" 42\"", "int32"), ("\"\"", "int64"),
        ("\"+\"", "int64"), ("\"\"", "float64"), ("\"abc\"", "float32"), ("\"inf\"", "float64"), ("{}", "int8"),
        ("[1]", "string"), ("{\"b\":1}", "string"), ("[]", "boolean"),
    ]

    @Test("rejects what cannot be converted, and names the field", arguments: failures)
    func rejects(_ value: String, _ type: String) throws {
        let error = try #require(try transform("Cast", #"{"spec":"a:\#(type)"}"#, value: #"{"a":\#(value)}"#).error)
        #expect(error.contains("field \"a\"") && error.contains(type))
        #expect(try transform("Cast", #"{"spec":"\#(type)"}"#, value: value).error?.contains("the value") == true)
    }

    @Test("leaves what already fits byte for byte")
    func untouched() throws {
        let text = #"{ "id": 1.10, "n" : 12, "s":"x" }"#
        var batch = RecordBatch()
        try batch.read(text)
        try makeTransform("Cast", #"{"spec":"id:float64,n:int32,s:string"}"#).apply(to: &batch)
        #expect(batch[0].value.jsonText == text)
    }

    @Test("adds a missing field as null, and takes dots literally")
    func missing() throws {
        let outcome = try transform("Cast", #"{"spec":"a.b:int32"}"#, value: #"{"a":{"b":"1"}}"#)
        #expect(outcome.value == (try JSON(#"{"a":{"b":"1"},"a.b":null}"#)))
    }

    @Test("reaches into objects with field syntax V2")
    func paths() throws {
        let config = #"{"spec":"a.b:int32,a.new:int8,`x.y`:string,s.t:int8,no.t:int8","field.syntax.version":"v2"}"#
        let outcome = try transform("Cast", config, value: #"{"a":{"b":"1"},"x.y":2,"s":5}"#)
        #expect(outcome.value == (try JSON(#"{"a":{"b":1,"new":null},"x.y":"2","s":5}"#)))
    }

    @Test("takes the last of two entries, and types in any case")
    func lastWins() throws {
        #expect(
            try transform("Cast", #"{"spec":"a:int8, a : STRING"}"#, value: #"{"a":300}"#).value
                == JSON(#"{"a":"300"}"#))
    }

    @Test("passes a tombstone and a record without a key", arguments: ["int8", "a:int8"])
    func tombstone(_ spec: String) throws {
        #expect(try transform("Cast", #"{"spec":"\#(spec)"}"#, value: "null").value == .null)
        #expect(try transform("Cast$Key", #"{"spec":"\#(spec)"}"#, value: "{}").value == .object([:]))
    }

    @Test("rejects fields of a value that is no object", arguments: ["\"text\"", "[1]", "7", "true"])
    func notAnObject(_ value: String) throws {
        #expect(try transform("Cast", #"{"spec":"a:int8"}"#, value: value).error?.contains("needs an object") == true)
    }

    @Test("rejects one record and not its neighbours")
    func neighbours() throws {
        var batch = RecordBatch()
        try batch.read("{\"a\":\"1\"}\n{\"a\":\"x\"}\n{\"a\":\"3\"}")
        try makeTransform("Cast", #"{"spec":"a:int8"}"#).apply(to: &batch)
        #expect(batch.deliverableCount == 2)
        #expect(batch.rejections.map(\.recordIndex) == [1])
        #expect(batch.rejections.map(\.stage) == [.transformation])
        #expect(batch[2].value.jsonText == #"{"a":3}"#)
    }

    @Test("casts values of typed sources as it casts text")
    func typedSource() throws {
        var batch = RecordBatch()
        try batch.append { record in
            record.add("i", 300)
            record.add("u", UInt64.max)
            record.add("d", 1e10)
            record.add("bytes", RawBytes([1, 2, 3]))
        }
        try makeTransform("Cast", #"{"spec":"i:int8,u:int64,d:string,bytes:string"}"#).apply(to: &batch)
        #expect(batch[0].value.jsonText == #"{"i":44,"u":-1,"d":"1.0E10","bytes":"AQID"}"#)
    }

    @Test(
        "refuses a spec that means nothing",
        arguments: ["", "a:faketype", "a:array", "a:int8:extra", "int32,a:int8", "a:int8,string", "a:", "bogus"])
    func badSpec(_ spec: String) throws {
        #expect(throws: ConfigProblems.self) { try makeTransform("Cast", #"{"spec":"\#(spec)"}"#) }
    }
}
