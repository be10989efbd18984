import ConnectorKit
import Testing

@Suite("Field paths and names")
struct FieldPathTests {
    @Test(
        "KIP-821 syntax",
        arguments: [
            ("a", ["a"]), ("a.b.c", ["a", "b", "c"]), ("`a.b`.c", ["a.b", "c"]), ("a.`b.c`", ["a", "b.c"]),
            ("a.", ["a", ""]), ("a..b", ["a", "", "b"]), (".a", ["", "a"]), ("`a`b`", ["a`b"]),
            ("a`b.c", ["a`b", "c"]),
            (#"`a\`.b`"#, ["a`.b"]), ("``", [""]), ("`a.b`.", ["a.b", ""]),
        ])
    func syntax(_ text: String, _ names: [String]) throws {
        let path = try FieldPath(text)
        #expect(path.names.map(\.description) == names)
        #expect(try FieldPath(path.description) == path)
    }

    @Test("Paths that cannot be read", arguments: ["", "`a", "`a.b", #"`a\`"#, "a.`b"])
    func bad(_ text: String) {
        #expect(throws: FieldPathError.self) { try FieldPath(text) }
    }

    @Test("A literal name is not split")
    func literal() throws {
        let batch = try parsed(#"{"a.b":1,"a":{"b":2}}"#)
        #expect(batch[0][path: FieldPath(name: "a.b")].int == 1)
        #expect(batch[0][path: try FieldPath("a.b")].int == 2)
        #expect(!batch[0][path: try FieldPath("a.b.c")].exists)
    }

    @Test("Names are equal by their bytes")
    func names() {
        let literal: FieldName = "one"
        #expect(literal == FieldName(interning: "one") && literal.hashValue == FieldName(interning: "one").hashValue)
        #expect(literal != "two" && FieldName(interning: "\u{e9}") != FieldName(interning: "e\u{301}"))
        #expect(literal.description == "one")
    }
}
