import ConnectorKit
import Testing

@Suite("Edits of a record")
struct EditTests {
    @Test("set replaces in place and adds at the end")
    func set() throws {
        let text = try edited(#"{"a":1,"b":{"c":[1, 2]},"d":"x"}"#) {
            $0.set("b", 7)
            $0.set("e", "q\"\n")
        }
        #expect(text == #"{"a":1,"b":7,"d":"x","e":"q\"\n"}"#)
    }

    @Test("rename, remove, cast and keep")
    func rename() throws {
        let text = try edited(#"{"a":1,"b":2,"c":3,"d":4,"e":true}"#) {
            $0.rename("a", to: "c")
            $0.remove("b")
            $0.castToString("c")
            $0.castToString("e")
        }
        #expect(text == #"{"c":"1","d":4,"e":"true"}"#)
        #expect(try edited(#"{"a":1,"b":2,"c":3}"#) { $0.keepOnly(["c", "a"]) } == #"{"a":1,"c":3}"#)
    }
}
