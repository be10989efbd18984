import ConnectorKit

/// How a key, value or header stands in a message.
enum Converter: String, Sendable, CaseIterable {
    case json
    case string
    case bytes
    case short
    case integer
    case long
    case float
    case double
    case boolean
    /// Kafka Connect's `SimpleHeaderConverter`: text that is taken for JSON where it is some.
    case simple

    /// Reads a short name, or a class of Kafka Connect by its whole or simple name, with `Converter` at its end or not.
    init?(named text: String) {
        if let short = Converter(rawValue: text) {
            self = short
            return
        }
        let parts = text.split(separator: ".")
        guard let last = parts.last, parts.count == 1 || text.hasPrefix("org.apache.kafka.connect.") else { return nil }
        let name = last.hasSuffix("Converter") ? last.dropLast("Converter".count) : last
        guard let known = Self.allCases.first(where: { $0.className == name }) else { return nil }
        self = known
    }

    /// The simple name of Kafka Connect's class, without `Converter`.
    private var className: String {
        switch self {
        case .bytes: "ByteArray"
        case .simple: "SimpleHeader"
        default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }

    /// What the converter writes, for a message.
    var expectation: String {
        switch self {
        case .bytes: "bytes"
        case .short: "a whole number of 16 bits"
        case .integer: "a whole number of 32 bits"
        case .long: "a whole number of 64 bits"
        case .float, .double: "a number"
        case .boolean: "true or false"
        case .json, .string, .simple: "any value"
        }
    }
}
