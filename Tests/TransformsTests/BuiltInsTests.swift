import ConnectorKit
import Testing
import Transforms

@Suite("Built-ins")
struct BuiltInsTests {
    static let documented =
        builtIns.transforms.map { ($0.name, $0.documentation, $0.config) }
        + builtIns.predicates.map { ($0.name, $0.documentation, $0.config) }

    @Test("are transforms and predicates only")
    func manifest() {
        #expect(builtIns.sources.isEmpty && builtIns.sinks.isEmpty)
        #expect(builtIns.transforms.map(\.name).sorted() == ["Cast", "Filter", "InsertField", "ReplaceField"])
        #expect(
            builtIns.predicates.map(\.name).sorted()
                == ["FieldMatches", "HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"])
    }

    @Test("begin their documentation with a sentence, and show an example", arguments: documented.map(\.1))
    func documentation(_ text: String) throws {
        let summary = try #require(text.split(separator: "\n").first)
        #expect(summary.hasSuffix(".") && summary.count < 120)
        #expect(!Self.examples(in: text).isEmpty)
    }

    @Test("give examples that are valid", arguments: documented.map(\.1))
    func examples(_ text: String) throws {
        for example in Self.examples(in: text) {
            let node = try ConfigParser.parse(example)
            let type = try #require(node["type"]?.scalarText)
            let definition = try #require(builtIns.transforms.first { $0.name == type })
            _ = try definition.config.validate(node, subject: type, ignoring: ["type", "predicate", "negate"])
            guard let predicate = node["predicate"] else { continue }
            let name = try #require(predicate["type"]?.scalarText)
            let chosen = try #require(builtIns.predicates.first { $0.name == name })
            _ = try chosen.config.validate(predicate, subject: name, ignoring: ["type"])
        }
    }

    private static func examples(in text: String) -> [String] {
        text.split(separator: "```json").dropFirst().compactMap { $0.split(separator: "```").first.map(String.init) }
    }
}
