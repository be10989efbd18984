import ConnectorKit

/// `collection`: a name in which `${topic}` and `${field:path}` stand for parts of the record.
struct CollectionTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case topic
        case field(FieldPath)
    }

    private let parts: [Part]

    init(_ text: String) { parts = (try? Self.parts(of: text)) ?? [] }

    /// Whether all records go to one collection.
    var isConstant: Bool { parts.allSatisfy { if case .text = $0 { true } else { false } } }

    /// Whether the topic alone decides.
    var dependsOnTopicOnly: Bool { parts.allSatisfy { if case .field = $0 { false } else { true } } }

    /// What is wrong with a template; nil when nothing is.
    static func fault(in text: String) -> String? {
        guard let parts = try? parts(of: text), !parts.isEmpty else {
            return "collection is \"\(text)\"; expected a name, in which ${topic} and ${field:path} may stand"
        }
        guard parts.count == 1, case .text(let name) = parts[0] else { return nil }
        return isName(name) ? nil : "collection is \"\(text)\"; expected \(rule)"
    }

    /// The collection of a record.
    func name(for record: borrowing Record) throws(ConnectorError) -> String {
        var name = ""
        for part in parts {
            switch part {
            case .text(let text): name += text
            case .topic:
                guard let topic = record.topic else {
                    throw .rejected("the record has no topic, which the setting collection needs for the name")
                }
                name += topic
            case .field(let path):
                guard let text = record.value[path: path].string ?? record.value[path: path].decimalText else {
                    throw .rejected("field \(path), which names the collection, is no text and no number")
                }
                name += text
            }
        }
        guard Self.isName(name) else {
            throw .rejected(
                "the name made for the collection cannot be one; expected \(Self.rule)",
                detail: "\"\(name.prefix(80))\"")
        }
        return name
    }

    private static let rule = "1 to 200 bytes without NUL and $, not beginning with system. or a dot"

    private static func isName(_ name: String) -> Bool {
        (1...200).contains(name.utf8.count) && !name.utf8.contains(0) && !name.contains("$")
            && !name.hasPrefix("system.") && !name.hasPrefix(".") && name != PositionCollection.name
    }

    private static func parts(of text: String) throws -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw UnknownVariable()
            }
            let inside = rest[start.upperBound..<end]
            if inside == "topic" {
                parts.append(.topic)
            } else if inside.hasPrefix("field:") {
                parts.append(.field(try FieldPath(String(inside.dropFirst(6)))))
            } else {
                throw UnknownVariable()
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        return parts
    }

    private struct UnknownVariable: Error {}
}
