import ConnectorKit
import Testing

@Suite("Edits of a record")
struct EditTests {
    @Test("set replaces in place and adds at the end")
    func set() throws {
        let text = try edited(#"{"a":1,"b":{"c":[1, 2]},"d":"x"}"#) {
            $0.set("b", 7)
            $0.set("e", "q\"\n")
            $0.set("f", true)
            $0.set("g", JSONNull())
        }
        #expect(text == #"{"a":1,"b":7,"d":"x","e":"q\"\n","f":true,"g":null}"#)
    }

    @Test("Numbers keep their kind")
    func numbers() throws {
        let text = try edited("{}") {
            $0.set("int", Int64.min)
            $0.set("uint", UInt64.max)
            $0.set("double", 0.1)
            $0.set("whole", 5.0)
            $0.set("small", Int32(-7))
            $0.set("decimal", try #require(JSONNumber("1.10")))
        }
        #expect(
            text
                == #"{"int":-9223372036854775808,"uint":18446744073709551615,"double":0.1,"whole":5.0,"small":-7,"decimal":1.10}"#
        )
        #expect(JSONNumber("01") == nil && JSONNumber("1 ") == nil && JSONNumber("") == nil && JSONNumber("NaN") == nil)
    }

    @Test(
        "What JSON has no number for becomes a string that is read back",
        arguments: zip([Double.nan, .infinity, -.infinity], ["NaN", "Infinity", "-Infinity"]))
    func notFinite(_ value: Double, _ text: String) throws {
        #expect(try edited("{}") { $0.set("a", value) } == #"{"a":"\#(text)"}"#)
        let batch = try parsed("\"\(text)\"\n\" \(text)\"\n\"nan\"\n0\nnull")
        #expect(NotFinite(batch[0].value).map { "\($0.double)" } == "\(value)")
        for index in 1..<5 { #expect(NotFinite(batch[index].value) == nil) }
    }

    @Test(
        "Bytes become base64",
        arguments: zip(["", "f", "fo", "foo", "foob"], ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]))
    func bytes(_ text: String, _ base64: String) throws {
        #expect(try edited("{}") { $0.set("a", RawBytes(Array(text.utf8))) } == #"{"a":"\#(base64)"}"#)
        #expect(try edited("{}") { $0.set("a", RawBytes([0xfb, 0xff, 0xbf])) } == #"{"a":"+/+/"}"#)
    }

    @Test("remove takes out first, middle, last and only fields")
    func remove() throws {
        let text = #"{"a":1,"b":2,"c":3}"#
        #expect(try edited(text) { $0.remove("a") } == #"{"b":2,"c":3}"#)
        #expect(try edited(text) { $0.remove("b") } == #"{"a":1,"c":3}"#)
        #expect(
            try edited(text) {
                $0.remove("c")
                $0.set("d", 4)
            } == #"{"a":1,"b":2,"d":4}"#)
        #expect(try edited(#"{"a":1}"#) { $0.remove("a") } == "{}")
        #expect(
            try edited(#"{"a":1}"#) {
                $0.remove("a")
                $0.set("a", 2)
            } == #"{"a":2}"#)
    }

    @Test("An edit that changes nothing leaves the text as it was")
    func noEdit() throws {
        let text = #"{ "a" : 1.50, "b" : "\u0041" }"#
        let after = try edited(text) {
            $0.remove("x")
            $0.rename("x", to: "y")
            $0.castToString("b")
            $0.castToString("x")
            $0.copyField("x", to: "y")
        }
        #expect(after == text)
    }

    @Test("Unedited members are written byte for byte")
    func untouched() throws {
        let text = try edited(#"{"a":1.50, "b":"\u0041", "c" : {"d" : [1,  2]},"e":1E5}"#) { $0.set("z", 1) }
        #expect(text == #"{"a":1.50,"b":"\u0041","c" : {"d" : [1,  2]},"e":1E5,"z":1}"#)
    }

    @Test("rename keeps the place and replaces a field of the new name")
    func rename() throws {
        let text = #"{"a":1,"b":2,"c":3}"#
        #expect(try edited(text) { $0.rename("b", to: "x") } == #"{"a":1,"x":2,"c":3}"#)
        #expect(try edited(text) { $0.rename("a", to: "c") } == #"{"c":1,"b":2}"#)
        #expect(try edited(text) { $0.rename("c", to: "a") } == #"{"b":2,"a":3}"#)
        #expect(try edited(text) { $0.rename("a", to: "a") } == text)
        #expect(
            try edited(text) {
                $0.rename("a", to: "x")
                $0.rename("b", to: "a")
                $0.rename("x", to: "b")
            } == #"{"b":1,"a":2,"c":3}"#)
    }

    @Test("castToString turns numbers and truth values into their text")
    func castToString() throws {
        let text = try edited(#"{"a":1.50,"b":true,"c":false,"d":null,"e":[1],"f":"x"}"#) { record in
            for name: FieldName in ["a", "b", "c", "d", "e", "f"] { record.castToString(name) }
            record.set("g", -5)
            record.castToString("g")
            #expect(record["a"] == "1.50" && record["a"].kind == .string)
        }
        #expect(text == #"{"a":"1.50","b":"true","c":"false","d":null,"e":[1],"f":"x","g":"-5"}"#)
    }

    @Test("keepOnly keeps the order of the record")
    func keepOnly() throws {
        #expect(try edited(#"{"a":1,"b":2,"c":3}"#) { $0.keepOnly(["c", "a", "x"]) } == #"{"a":1,"c":3}"#)
        #expect(try edited(#"{"a":1}"#) { $0.keepOnly([]) } == "{}")
    }

    @Test("Edits below the top, with objects made on the way")
    func nested() throws {
        let text = try edited(#"{"a":{"b":{"c":1},"d":2},"e":3}"#) {
            $0.object("a").object("b").set("c", 9)
            $0.object("new").set("x", 1)
            $0.set(path: FieldPath(names: ["e", "f"]), 4)
            $0.remove(path: FieldPath(names: ["a", "d"]))
            $0.remove(path: FieldPath(names: ["none", "d"]))
        }
        #expect(text == #"{"a":{"b":{"c":9}},"e":{"f":4},"new":{"x":1}}"#)
    }

    @Test("Values read before an edit stay what they were")
    func oldValues() throws {
        let text = try edited(#"{"a":"one","b":{"x":[2]}}"#) { record in
            let first = record["a"]
            let second = record["b"]
            record.set("a", copyOf: second)
            record.set("b", copyOf: first)
            #expect(first == "one" && second["x"][0].int == 2)
        }
        #expect(text == #"{"a":{"x":[2]},"b":"one"}"#)
    }

    @Test("A copy is its own: editing it leaves the original alone, and it may go into its own original")
    func copies() throws {
        let text = try edited(#"{"a":{"x":{"y":1}}}"#) { record in
            record.set("b", copyOf: record["a"])
            record.object("b").object("x").set("y", 2)
            record.object("a").set("self", copyOf: record["a"])
            record.set("none", copyOf: record["missing"])
        }
        #expect(text == #"{"a":{"x":{"y":1},"self":{"x":{"y":1}}},"b":{"x":{"y":2}},"none":null}"#)
    }

    @Test("Fields of a value that is no object cannot be edited")
    func noObject() throws {
        for text in ["null", "7", #""x""#, "[1]"] {
            let after = try edited(text) {
                $0.set("a", 1)
                $0.set("a", copyOf: $0.value)
                $0.remove("a")
                $0.rename("a", to: "b")
                $0.keepOnly([])
                $0.castToString("a")
                $0.object("a").set("b", 1)
                let isObject = if $0.valueObject != nil { true } else { false }
                #expect(!isObject)
            }
            #expect(after == text)
        }
    }

    @Test("The value and the key can be replaced")
    func setValue() throws {
        var batch = try parsed(#"{"a":{"b":1}}"#)
        try batch.edit {
            $0.setKey(copyOf: $0["a"])
            $0.keyObject?.set("c", 2)
            $0.setValue(copyOf: $0["a"]["b"])
            return true
        }
        #expect(batch[0].value.jsonText == "1")
        #expect(batch[0].key.jsonText == #"{"b":1,"c":2}"#)
        try batch.edit {
            $0.setKey("k")
            $0.setValue(JSONNull())
            return true
        }
        #expect(batch[0].isTombstone && batch[0].key == "k")
        try batch.edit {
            $0.setValueToObject().set("key", copyOf: $0.key)
            return true
        }
        #expect(batch.lines == [#"{"key":"k"}"#])
    }
}
