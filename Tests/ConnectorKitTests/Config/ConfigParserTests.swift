import ConnectorKit
import Testing

@Suite("Configuration text is read strictly, with places")
struct ConfigParserTests {
    @Test("values keep their line, column and pointer")
    func locations() throws {
        let node = try ConfigParser.parse("{\n  \"a/b\": [1, \"é\", {\"c\": true}]\n}", file: "f.json")
        let inner = try #require(node["a/b"]?.elements?[2]["c"])
        #expect(inner.location.description == "f.json:2:25")
        #expect(inner.location.pointer == "/a~1b/2/c")
        #expect(inner.content == .bool(true))
    }

    @Test("escapes are resolved")
    func escapes() throws {
        #expect(try ConfigParser.parse(#""\u00e9\n\ud83d\ude80\/""#).scalarText == "é\n🚀/")
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("", "f.json:1:1: the file ends where a JSON value was expected"),
            ("{\"a\": 1,}", "f.json:1:9: found '}' where a name in double quotes was expected"),
            ("{\"a\" 1}", "f.json:1:6: found '1' where ':' after the name \"a\" was expected"),
            ("{\n\"a\": tru\n}", "f.json:2:9: found byte 0xa where 'true' was expected"),
            ("[1 2]", "f.json:1:4: found '2' where ',' or ']' was expected"),
            ("{} x", "f.json:1:4: found 'x' where the end of the file was expected"),
            ("[01]", "f.json:1:3: found '1' where ',' or ']' was expected"),
            ("\"a", "f.json:1:3: the file ends where '\"' at the end of the string was expected"),
            ("\"\\x\"", "f.json:1:3: found 'x' where one of \" \\ / b f n r t u after the backslash was expected"),
            ("{\"a\":1,\"a\":2}", "f.json:1:8: /a: \"a\" stands twice in this object; remove one of them"),
        ])
    func errors(text: String, message: String) {
        let error = #expect(throws: ConfigProblem.self) { _ = try ConfigParser.parse(text, file: "f.json") }
        #expect(error?.description == message)
    }

    @Test("depth is bounded")
    func depth() {
        let error = #expect(throws: ConfigProblem.self) {
            _ = try ConfigParser.parse(String(repeating: "[", count: 10_000))
        }
        #expect(error?.message.contains("nested deeper than 64") == true)
    }
}

@Suite("Slips are met with the nearest known word")
struct NearestTests {
    @Test(
        "near words are found, far ones are not",
        arguments: [("githbu", "github"), ("GitHub", "github"), ("fiel", "file"), ("zzz", nil), ("mongo", nil)])
    func nearestWord(word: String, expected: String?) {
        #expect(nearest(word, in: ["github", "file", "emulator"]) == expected)
    }
}
