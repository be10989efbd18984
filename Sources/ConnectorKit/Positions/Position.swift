/// A place in a source: all records of `partition` up to `offset` are covered.
///
/// Both are small flat objects, as Kafka Connect's source partition and source offset are: string keys and scalar
/// values. The partition names what is read (a file, a repository, a topic partition); the offset says how far.
public struct Position: Sendable, Hashable, CustomStringConvertible {
    /// What is read.
    public let partition: PositionFields
    /// How far it has been read; no field at all forgets the partition: its position leaves the worker's store.
    public let offset: PositionFields

    /// Names a place in a source.
    public init(partition: PositionFields, offset: PositionFields) {
        self.partition = partition
        self.offset = offset
    }

    /// Partition and offset as JSON.
    public var description: String { "\(partition.json) at \(offset.json)" }
}

/// The fields of one half of a ``Position``, in name order.
public struct PositionFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The fields by name.
    public let fields: [String: PositionValue]

    /// Wraps fields by name.
    public init(_ fields: [String: PositionValue]) { self.fields = fields }

    /// Makes fields from a literal; of two equal names the last wins.
    public init(dictionaryLiteral elements: (String, PositionValue)...) {
        self.init(Dictionary(elements, uniquingKeysWith: { $1 }))
    }

    /// The field of this name; nil when there is none.
    public subscript(_ name: String) -> PositionValue? { fields[name] }

    /// One line of JSON with the names sorted, so that equal positions have equal text.
    public var json: String {
        let members = fields.sorted { $0.key < $1.key }.map { "\($0.key.jsonQuoted):\($0.value.json)" }
        return "{" + members.joined(separator: ",") + "}"
    }
}

/// A scalar of a position.
public enum PositionValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    /// Text.
    case string(String)
    /// A whole number.
    case int(Int64)
    /// A truth value.
    case bool(Bool)

    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// The text; nil for anything else.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The number; nil for anything else.
    public var int: Int64? { if case .int(let number) = self { number } else { nil } }
    /// The truth value; nil for anything else.
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    /// The value as JSON.
    var json: String {
        switch self {
        case .string(let text): text.jsonQuoted
        case .int(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        }
    }
}
