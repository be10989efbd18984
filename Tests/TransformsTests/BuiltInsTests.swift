import ConnectorKit
import Testing
import Transforms

@Suite("Built-ins")
struct BuiltInsTests {
    static let documentation = Dictionary(
        uniqueKeysWithValues: builtIns.transforms.map { ($0.name, $0.documentation) }
            + builtIns.predicates.map { ($0.name, $0.documentation) })

    @Test("are transforms and predicates only")
    func manifest() {
        #expect(builtIns.sources.isEmpty && builtIns.sinks.isEmpty)
        #expect(builtIns.transforms.map(\.name).sorted() == ["Cast", "Filter", "InsertField", "ReplaceField"])
        #expect(
            builtIns.predicates.map(\.name).sorted()
                == ["FieldMatches", "HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"])
    }

    @Test("begin their documentation with a sentence, and show an example", arguments: documentation.keys.sorted())
    func begins(_ name: String) throws {
        let text = try #require(Self.documentation[name])
        let summary = try #require(text.split(separator: "\n").first)
        #expect(summary.hasSuffix(".") && summary.count < 120)
        #expect(!Self.examples(in: text).isEmpty)
    }

    @Test("give examples that are valid", arguments: documentation.keys.sorted())
    func examples(_ name: String) throws {
        let text = try #require(Self.documentation[name])
        for example in Self.examples(in: text) {
            let node = try ConfigParser.parse(example)
            let type = try #require(node["type"]?.scalarText)
            let definition = try #require(builtIns.transforms.first { $0.name == type })
            _ = try definition.config.validate(node, subject: type, ignoring: ["type", "predicate", "negate"])
            guard let predicate = node["predicate"] else { continue }
            let kind = try #require(predicate["type"]?.scalarText)
            let chosen = try #require(builtIns.predicates.first { $0.name == kind })
            _ = try chosen.config.validate(predicate, subject: kind, ignoring: ["type"])
        }
    }

    private static func examples(in text: String) -> [String] {
        text.split(separator: "```json").dropFirst().compactMap { $0.split(separator: "```").first.map(String.init) }
    }
}
