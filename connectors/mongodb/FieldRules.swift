import ConnectorKit

/// What a field is stored as, whatever JSON had.
enum FieldType: String, Sendable, CaseIterable {
    case date
    case dateSeconds = "date_seconds"
    case int32
    case int64
    case double
    case decimal128
    case string
    case binary
    case uuid
    case objectID = "object_id"

    /// What the JSON must be, for messages.
    var expectation: String {
        switch self {
        case .date: "a date as 2026-01-31T12:00:00.000Z, to the millisecond, or whole milliseconds since 1970"
        case .dateSeconds: "whole seconds since 1970"
        case .int32: "a whole number of 32 bits"
        case .int64: "a whole number of 64 bits"
        case .double: "a number within the range of a double"
        case .decimal128: "a number of up to 34 digits"
        case .string: "a text, a number or a truth value"
        case .binary: "base64"
        case .uuid: "a UUID of 32 hexadecimal digits"
        case .objectID: "24 hexadecimal digits"
        }
    }
}

/// `field.types` as a tree, walked beside the document.
struct FieldRules: Sendable {
    private struct Node {
        var type: FieldType?
        var children: [(name: FieldName, node: Int)] = []
    }

    private var nodes = [Node()]

    /// The place of the document itself; nil when there are no rules, and below a field that has none.
    var root: Int? { nodes[0].children.isEmpty ? nil : 0 }

    init(_ map: [String: FieldType]) {
        for (path, type) in map {
            guard let path = try? FieldPath(path) else { continue }
            var place = 0
            for name in path.names { place = child(name, of: place) }
            nodes[place].type = type
        }
    }

    /// What is wrong with a path or a type; nil when nothing is.
    static func fault(in map: [String: String]) -> String? {
        for (path, type) in map.sorted(by: { $0.key < $1.key }) {
            if FieldType(rawValue: type) == nil {
                let words = FieldType.allCases.map(\.rawValue).joined(separator: ", ")
                return "field.types gives \(path) the type \"\(type)\"; expected one of \(words)"
            }
            if (try? FieldPath(path)) == nil { return "field.types has \"\(path)\", which is no path of fields" }
        }
        return nil
    }

    /// Where the rules of a member are; nil when there are none.
    func place(of name: borrowing Value, below place: Int) -> Int? {
        for child in nodes[place].children where name.equals(child.name) { return child.node }
        return nil
    }

    func type(at place: Int) -> FieldType? { nodes[place].type }

    private mutating func child(_ name: FieldName, of place: Int) -> Int {
        if let known = nodes[place].children.first(where: { $0.name == name }) { return known.node }
        nodes.append(Node())
        nodes[place].children.append((name, nodes.count - 1))
        return nodes.count - 1
    }
}
