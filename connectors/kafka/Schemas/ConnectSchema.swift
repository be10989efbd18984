import ConnectorKit

/// A schema of Kafka Connect, made ready for checking values against it.
indirect enum SchemaType: Sendable, Equatable {
    case int8, int16, int32, int64, float32, float64, boolean, string, bytes
    /// `org.apache.kafka.connect.data.Decimal`.
    case decimal(scale: Int)
    case array(ConnectSchema)
    case map(key: ConnectSchema, value: ConnectSchema)
    case structure([SchemaField])
    /// What is known of a value that was null wherever it was seen; written as an optional string.
    case null

    /// The name in a schema's JSON (`org.apache.kafka.connect.json.JsonSchema`).
    var name: String {
        switch self {
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .float32: "float"
        case .float64: "double"
        case .boolean: "boolean"
        case .string, .null: "string"
        case .bytes, .decimal: "bytes"
        case .array: "array"
        case .map: "map"
        case .structure: "struct"
        }
    }

    static let scalars: [SchemaType] = [
        .int8, .int16, .int32, .int64, .float32, .float64, .boolean, .string, .bytes,
    ]
}

/// A schema: a type, and whether null stands for no value.
struct ConnectSchema: Sendable, Equatable {
    static let decimalName = "org.apache.kafka.connect.data.Decimal"

    let type: SchemaType
    /// Whether null may stand for a value: it is optional, or has a default.
    let isOptional: Bool
    /// Whether there is a decimal in it.
    let hasDecimals: Bool

    init(_ type: SchemaType, isOptional: Bool = false) {
        self.type = type
        self.isOptional = isOptional
        hasDecimals =
            switch type {
            case .decimal: true
            case .array(let items): items.hasDecimals
            case .map(let key, let value): key.hasDecimals || value.hasDecimals
            case .structure(let fields): fields.contains { $0.schema.hasDecimals }
            default: false
            }
    }
}

/// A field of a struct.
struct SchemaField: Sendable, Equatable {
    let name: String
    let schema: ConnectSchema
}

/// Why a schema or a payload is refused, and where in it.
struct SchemaFault: Error {
    private(set) var path: String
    let text: String

    init(_ text: String, at path: String = "") {
        self.text = text
        self.path = path
    }

    /// The same fault, seen from above.
    func below(_ step: String) -> SchemaFault { SchemaFault(text, at: "\(step)\(path)") }

    /// What is said of it: `payload.items[2]: …`.
    func sentence(_ what: String) -> String { "\(what)\(path) \(text)" }
}
