/// A small JSON value that keeps the order of its members, for what is printed: schemas, lists, reports.
///
/// Records do not go through it.
public indirect enum JSONTree: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// A number with a fraction; not a number and the infinities are written as `null`.
    case double(Double)
    /// A string.
    case string(String)
    /// A list.
    case array([JSONTree])
    /// Members in the order to write them.
    case object([Member])

    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// The member's name.
        public let name: String
        /// The member's value.
        public let value: JSONTree

        /// Names a value.
        public init(_ name: String, _ value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    /// The text or `null`.
    public init(_ text: String?) { self = text.map { .string($0) } ?? .null }

    /// The number or `null`.
    public init(_ number: Int?) { self = number.map { .int($0) } ?? .null }

    /// A list of texts.
    public init(_ texts: some Sequence<String>) { self = .array(texts.map { .string($0) }) }

    /// One line.
    public var compactText: String { written(indent: nil) }

    /// Several lines, indented by two spaces a level.
    public var text: String { written(indent: 0) }

    private func written(indent: Int?) -> String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): number.isFinite ? String(number) : "null"
        case .string(let text): text.jsonQuoted
        case .array(let elements):
            Self.enclosed("[", elements.map { $0.written(indent: indent.map { $0 + 1 }) }, "]", indent)
        case .object(let members):
            Self.enclosed(
                "{",
                members.map { member in
                    let separator = indent == nil ? ":" : ": "
                    return member.name.jsonQuoted + separator + member.value.written(indent: indent.map { $0 + 1 })
                }, "}", indent)
        }
    }

    private static func enclosed(_ open: String, _ parts: [String], _ close: String, _ indent: Int?) -> String {
        guard let indent, !parts.isEmpty else { return open + parts.joined(separator: ",") + close }
        let margin = String(repeating: "  ", count: indent)
        return "\(open)\n" + parts.map { "\(margin)  \($0)" }.joined(separator: ",\n") + "\n\(margin)\(close)"
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
    /// An object whose members keep the order of the literal.
    public init(dictionaryLiteral elements: (String, JSONTree)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
