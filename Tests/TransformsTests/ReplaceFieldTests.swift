import ConnectorKit
import Testing

@Suite("ReplaceField")
struct ReplaceFieldTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let promise: String
        let config: String
        let value: String
        let result: String
        init(_ promise: String, _ config: String, _ value: String, _ result: String) {
            (self.promise, self.config, self.value, self.result) = (promise, config, value, result)
        }
        var testDescription: String { promise }
    }

    @Test(
        arguments: [
            Case("exclude removes", #"{"exclude":"a,c"}"#, #"{"a":1,"b":2,"c":3}"#, #"{"b":2}"#),
            Case("include keeps", #"{"include":"a , c"}"#, #"{"a":1,"b":2,"c":3}"#, #"{"a":1,"c":3}"#),
            Case("exclude wins over include", #"{"include":"a,b","exclude":"b"}"#, #"{"a":1,"b":2}"#, #"{"a":1}"#),
            Case(
                "include of excluded fields leaves nothing", #"{"include":"a","exclude":"a"}"#, #"{"a":1,"b":2}"#, "{}"),
            Case("nothing set changes nothing", "{}", #"{"a":1}"#, #"{"a":1}"#),
            Case("renames", #"{"renames":"a:x"}"#, #"{"a":1,"b":2}"#, #"{"x":1,"b":2}"#),
            Case("include uses old names", #"{"include":"a","renames":"a:x"}"#, #"{"a":1,"x":2}"#, #"{"x":1}"#),
            Case("exclude uses old names", #"{"exclude":"x","renames":"a:x"}"#, #"{"a":1,"x":2}"#, #"{"x":1}"#),
            Case("renames swap", #"{"renames":"a:b,b:a"}"#, #"{"a":1,"b":2}"#, #"{"b":1,"a":2}"#),
            Case("a swap of one", #"{"renames":"a:b,b:a"}"#, #"{"a":1}"#, #"{"b":1}"#),
            Case("renames pass on", #"{"renames":"a:b,b:c"}"#, #"{"a":1,"b":2}"#, #"{"b":1,"c":2}"#),
            Case("renames go round", #"{"renames":"a:b,b:c,c:a"}"#, #"{"a":1,"b":2,"c":3}"#, #"{"b":1,"c":2,"a":3}"#),
            Case("a rename to itself", #"{"renames":"a:a"}"#, #"{"a":1}"#, #"{"a":1}"#),
            Case("the last rename of a field counts", #"{"renames":"a:x,a:y"}"#, #"{"a":1}"#, #"{"y":1}"#),
            Case("a rename replaces a field", #"{"renames":"a:b"}"#, #"{"a":1,"b":2}"#, #"{"b":1}"#),
            Case("dots are literal", #"{"exclude":"a.b"}"#, #"{"a":{"b":1},"a.b":2}"#, #"{"a":{"b":1}}"#),
            Case("missing fields do not matter", #"{"exclude":"z","renames":"y:x"}"#, #"{"a":1}"#, #"{"a":1}"#),
            Case("old settings are ignored", #"{"blacklist":"a","whitelist":"b"}"#, #"{"a":1}"#, #"{"a":1}"#),
            Case("lists may be lists", #"{"include":["a","b"]}"#, #"{"a":1,"b":2,"c":3}"#, #"{"a":1,"b":2}"#),
        ])
    func names(_ item: Case) throws {
        #expect(try transform("ReplaceField", item.config, value: item.value).value == JSON(item.result))
    }

    @Test(
        arguments: [
            Case("exclude within", #"{"exclude":"a.b"}"#, #"{"a":{"b":1,"c":2},"a.b":3}"#, #"{"a":{"c":2},"a.b":3}"#),
            Case(
                "include within", #"{"include":"id,a.b"}"#, #"{"id":1,"a":{"b":1,"c":2},"x":3}"#,
                #"{"id":1,"a":{"b":1}}"#),
            Case("include of all wins", #"{"include":"a.b,a"}"#, #"{"a":{"b":1,"c":2}}"#, #"{"a":{"b":1,"c":2}}"#),
            Case("include below a scalar", #"{"include":"a.b,c"}"#, #"{"a":5,"c":1}"#, #"{"c":1}"#),
            Case(
                "include several", #"{"include":"a.b,a.c.d"}"#, #"{"a":{"b":1,"c":{"d":2,"e":3},"f":4}}"#,
                #"{"a":{"b":1,"c":{"d":2}}}"#),
            Case("rename within", #"{"renames":"a.b:x"}"#, #"{"a":{"b":1},"b":2}"#, #"{"a":{"x":1},"b":2}"#),
            Case("rename outside and within", #"{"renames":"a:z,a.b:x"}"#, #"{"a":{"b":1}}"#, #"{"z":{"x":1}}"#),
            Case("backticks", #"{"exclude":"`a.b`"}"#, #"{"a":{"b":1},"a.b":2}"#, #"{"a":{"b":1}}"#),
        ])
    func paths(_ item: Case) throws {
        let config = #"{"field.syntax.version":"V2","# + item.config.dropFirst()
        #expect(try transform("ReplaceField", config, value: item.value).value == JSON(item.result))
    }

    @Test("keeps kept fields byte for byte, in their order")
    func untouched() throws {
        var batch = RecordBatch()
        try batch.read(#"{"c": 1.10, "x":0, "a" : {"k": [ 1 ]} }"#)
        try makeTransform("ReplaceField", #"{"include":"a,c"}"#).apply(to: &batch)
        let text = batch[0].value.jsonText
        #expect(text.contains("1.10") && text.contains(#"{"k": [ 1 ]}"#))
        #expect(text.hasPrefix(#"{"c""#))
    }

    @Test("works on the key")
    func key() throws {
        let outcome = try transform(
            "ReplaceField$Key", #"{"exclude":"a"}"#, TestRecord(value: #"{"a":1}"#, key: #"{"a":1}"#))
        #expect(outcome.key == .object([:]))
        #expect(outcome.value == (try JSON(#"{"a":1}"#)))
    }

    @Test("passes a tombstone, rejects a value that is no object")
    func otherValues() throws {
        #expect(try transform("ReplaceField", #"{"exclude":"a"}"#, value: "null").value == .null)
        #expect(try transform("ReplaceField", #"{"exclude":"a"}"#, value: #"["x"]"#).error?.contains("a list") == true)
    }

    @Test("refuses renames that mean nothing", arguments: ["a", "a:b:c", "a:", ":", "a:b,c"])
    func refuses(_ renames: String) throws {
        #expect(throws: ConfigProblems.self) { try makeTransform("ReplaceField", #"{"renames":"\#(renames)"}"#) }
    }
}
