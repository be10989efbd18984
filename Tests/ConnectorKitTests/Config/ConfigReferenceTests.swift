import ConnectorKit
import Testing

@Suite("What is printed of settings")
struct ConfigReferenceTests {
    private enum Color: String, CaseIterable { case red, green }

    private static let definition = ConfigDefinition([
        Setting.string("url", "Address; a|b.").example("http://x"),
        Setting.int("count", in: 1...9, "How many.").defaulting(to: 2).group("Pace"),
        Setting.duration("wait.ms", in: .milliseconds(5)...Duration.seconds(Int32.max), "Pause.").defaulting(
            to: .seconds(1)
        )
        .group("Pace"),
        Setting.password("token", "Secret.").optional, Setting.bool("flag", "Whether.").defaulting(to: false),
        Setting.enumeration("color", Color.self, "Which.").defaulting(to: .red),
        Setting.list("fields", "Names.").defaulting(to: []), Setting.prefixed("header.", "Headers."),
    ])

    @Test("The reference table has a heading for each group and escapes what would end a cell")
    func markdown() {
        #expect(
            Self.definition.markdown == """
                ### General

                | setting | takes | default | what it does |
                |---|---|---|---|
                | `url` | text | **required** | Address; a\\|b. Example: `http://x`. |
                | `token` | secret text | – | Secret. |
                | `flag` | true or false | `false` | Whether. |
                | `color` | one of red, green | `red` | Which. |
                | `fields` | a list, or text with commas | empty | Names. |
                | `header.*` | text, one setting for each name | empty | Headers. |

                ### Pace

                | setting | takes | default | what it does |
                |---|---|---|---|
                | `count` | a whole number from 1 to 9 | `2` | How many. |
                | `wait.ms` | a whole number of milliseconds, at least 5 | `1000` | Pause. |
                """)
        #expect(ConfigDefinition().markdown.isEmpty)
    }

    @Test("The JSON Schema has the ranges, and lets a variable stand for anything")
    func schema() throws {
        let schema = try ConfigParser.parse(Self.definition.schema.text)
        let properties = schema["properties"]
        #expect(schema["required"]?.elements?.map(\.scalarText) == ["url"])
        let count = properties?["count"]?["anyOf"]?.elements
        #expect(count?[0]["minimum"]?.scalarText == "1" && count?[0]["maximum"]?.scalarText == "9")
        #expect(count?[1]["pattern"]?.scalarText == #"^(-?[0-9]+)$|\$\{.+\}"#)
        #expect(properties?["count"]?["default"]?.scalarText == "2")
        #expect(properties?["color"]?["anyOf"]?.elements?[0]["enum"]?.elements?.map(\.scalarText) == ["red", "green"])
        #expect(properties?["token"]?["writeOnly"]?.scalarText == "true" && properties?["token"]?["default"] == nil)
        #expect(schema["patternProperties"]?.members?.map(\.name) == ["^header\\."])
    }
}

@Suite("JSON that is printed")
struct JSONTreeTests {
    private let tree: JSONTree = [
        "b": 1, "a": ["x", true, .null, .double(0.5), .double(.nan)], "empty": [], "none": [:], "q": "\"\n",
    ]

    @Test("One line keeps the order of members")
    func compact() {
        #expect(tree.compactText == #"{"b":1,"a":["x",true,null,0.5,null],"empty":[],"none":{},"q":"\"\n"}"#)
    }

    @Test("Several lines read back as the same")
    func pretty() throws {
        #expect(tree.text.hasPrefix("{\n  \"b\": 1,\n  \"a\": [\n    \"x\",\n"))
        #expect(tree.text.hasSuffix("\n  \"none\": {},\n  \"q\": \"\\\"\\n\"\n}"))
        #expect(try ConfigParser.parse(tree.text)["a"]?.elements?.count == 5)
    }
}
