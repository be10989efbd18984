import ConnectorKit

/// A JSON value for comparing: members in any order, numbers by value and by whether they are whole.
enum JSON: Hashable {
    case null
    case bool(Bool)
    case integer(String)
    case fraction(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(_ text: String) throws {
        self.init(try ConfigParser.parse(text))
    }

    init(_ node: ConfigNode) {
        switch node.content {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .number(let text): self = Self.number(text)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .array(elements.map { JSON($0) })
        case .object(let members):
            self = .object(Dictionary(members.map { ($0.name, JSON($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }

    private static func number(_ text: String) -> JSON {
        let isWhole = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- 0x30 < 10 }
        return isWhole ? .integer(text == "-0" ? "0" : text) : .fraction(Double(text) ?? .nan)
    }
}
