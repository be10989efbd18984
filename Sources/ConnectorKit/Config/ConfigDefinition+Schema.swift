extension ConfigDefinition {
    /// The settings as members of a JSON Schema (draft 2020-12) `properties` object.
    ///
    /// Numbers and truth values may also be given as text, as Kafka Connect does and as a variable (`${env:NAME}`) needs.
    public var schemaProperties: [JSONTree.Member] {
        declarations.filter { $0.type != .prefix }.map { JSONTree.Member($0.name, $0.schema) }
    }

    /// The settings that any number of names may stand for, as members of a `patternProperties` object.
    public var schemaPatterns: [JSONTree.Member] {
        declarations.filter { $0.type == .prefix }.map { JSONTree.Member("^" + $0.name.patternQuoted, $0.schema) }
    }

    /// The names of the settings that must be given.
    public var requiredNames: [String] { declarations.filter(\.isRequired).map(\.name) }

    /// The JSON Schema (draft 2020-12) of an object with these settings and no others.
    public var schema: JSONTree {
        let patterns = schemaPatterns
        return .object(
            [
                .init("$schema", "https://json-schema.org/draft/2020-12/schema"), .init("type", "object"),
                .init("properties", .object(schemaProperties)),
            ] + (patterns.isEmpty ? [] : [.init("patternProperties", .object(patterns))])
                + [.init("required", JSONTree(requiredNames)), .init("additionalProperties", false)])
    }
}

extension SettingDeclaration {
    /// The JSON Schema of one setting.
    var schema: JSONTree {
        var members = [JSONTree.Member("description", .string(documentation))]
        if let value = type.schemaDefault(defaultText), !isSecret { members.append(.init("default", value)) }
        if let example { members.append(.init("examples", [.string(example)])) }
        return .object(members + type.schemaMembers)
    }
}

extension SettingType {
    private static let variable = "\\$\\{.+\\}"
    private static let scalar: JSONTree = ["string", "number", "boolean"]

    fileprivate var schemaMembers: [JSONTree.Member] {
        switch self {
        case .string, .path, .prefix: [.init("type", Self.scalar)]
        case .password: [.init("type", Self.scalar), .init("format", "password"), .init("writeOnly", true)]
        case .int(let range), .duration(let range): [Self.either(Self.whole(range), text: "-?[0-9]+")]
        case .bytes(let range): [Self.either(Self.whole(range), text: "[0-9]+([KMG]iB)?")]
        case .double(let range):
            [
                Self.either(
                    ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)],
                    text: "-?[0-9.eE+-]+")
            ]
        case .bool: [Self.either(["type": "boolean"], text: "[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]")]
        case .enumeration(let words): [Self.either(["enum": JSONTree(words)], text: nil)]
        case .list:
            [.init("anyOf", [["type": "array", "items": ["type": Self.scalar]], ["type": Self.scalar]])]
        case .map:
            [
                .init(
                    "anyOf",
                    [["type": "object", "additionalProperties": ["type": Self.scalar]], ["type": "string"]])
            ]
        }
    }

    /// The value itself, or text that is one or holds a variable.
    private static func either(_ schema: JSONTree, text: String?) -> JSONTree.Member {
        let pattern = text.map { "^(\($0))$|\(variable)" } ?? variable
        return .init("anyOf", [schema, ["type": "string", "pattern": .string(pattern)]])
    }

    private static func whole(_ range: ClosedRange<Int>) -> JSONTree {
        var members: [JSONTree.Member] = [.init("type", "integer")]
        if range.lowerBound > Int.min { members.append(.init("minimum", .int(range.lowerBound))) }
        if range.upperBound < Int(Int32.max) { members.append(.init("maximum", .int(range.upperBound))) }
        return .object(members)
    }

    fileprivate func schemaDefault(_ text: String?) -> JSONTree? {
        guard let text else { return nil }
        switch self {
        case .int, .duration, .bytes: return Int(text).map { .int($0) } ?? .string(text)
        case .double: return Double(text).map { .double($0) } ?? .string(text)
        case .bool: return .bool(text == "true")
        case .prefix: return nil
        default: return .string(text)
        }
    }
}

extension String {
    /// The text as a regular expression that matches nothing else.
    fileprivate var patternQuoted: String {
        reduce(into: "") { result, character in
            if "\\^$.|?*+()[]{}".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
