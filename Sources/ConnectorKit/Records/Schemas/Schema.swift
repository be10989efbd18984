/// What is known of a value beside the value: its type, whether it may be null, what its type means.
///
/// Made once for many records, which share it. Kafka Connect's model and words: `org.apache.kafka.connect.data.Schema`.
public final class Schema: Sendable {
    /// How the value stands in a record.
    public let type: SchemaType
    /// Whether null stands for no value.
    public let isOptional: Bool
    /// What says what the type means, as `org.apache.kafka.connect.data.Date`, or the name of a struct; nil for neither.
    public let name: String?
    /// The version of what is named; nil without one.
    public let version: Int?
    /// Documentation; nil without any.
    public let doc: String?
    /// What else is said of the named type, as the scale of a `Decimal`.
    public let parameters: [String: String]
    /// What stands for a value that is missing or null; nil for nothing.
    public let defaultValue: SchemaDefault?
    /// What the value stands for.
    public let meaning: SchemaMeaning

    /// Whether there is a decimal in it.
    public let hasDecimals: Bool
    /// Whether something in it means more than its type says (``meaning``).
    public let hasMeanings: Bool
    /// Whether there is a default in it.
    public let hasDefaults: Bool
    /// The text it was read from, in one line; nil when it was made otherwise.
    let text: [UInt8]?

    /// Makes a schema.
    public convenience init(
        _ type: SchemaType, isOptional: Bool = false, name: String? = nil, version: Int? = nil,
        parameters: [String: String] = [:]
    ) {
        self.init(
            type, isOptional: isOptional, name: name, version: version, doc: nil, parameters: parameters, default: nil,
            text: nil)
    }

    init(
        _ type: SchemaType, isOptional: Bool, name: String?, version: Int?, doc: String?, parameters: [String: String],
        default defaultValue: SchemaDefault?, text: [UInt8]?
    ) {
        self.type = type
        self.isOptional = isOptional
        self.name = name
        self.version = version
        self.doc = doc
        self.parameters = parameters
        self.defaultValue = defaultValue
        self.text = text
        meaning = SchemaMeaning(name: name, type: type, parameters)
        let parts = type.parts
        hasDecimals = if case .decimal = meaning { true } else { parts.contains { $0.hasDecimals } }
        hasMeanings = meaning != .plain || parts.contains { $0.hasMeanings }
        hasDefaults = defaultValue != nil || parts.contains { $0.hasDefaults }
    }

    /// Exact numbers of this many places (`org.apache.kafka.connect.data.Decimal`).
    public static func decimal(scale: Int, isOptional: Bool = false) -> Schema {
        Schema(
            .bytes, isOptional: isOptional, name: SchemaMeaning.decimalName, version: 1,
            parameters: ["scale": "\(scale)"])
    }

    /// Whether a value may be null or missing: the schema is optional, or has a default.
    public var allowsNull: Bool { isOptional || defaultValue != nil }

    /// The fields of a struct; none for any other type.
    public var fields: [SchemaField] { if case .structure(let fields) = type { fields } else { [] } }

    /// What the elements of a list are; nil for any other type.
    public var items: Schema? { if case .array(let items) = type { items } else { nil } }

    /// The schema of a member of the value; nil when it is none of a struct's fields, or of a map's values.
    ///
    /// - Parameter place: Where the member stands, which mostly is the field's place too.
    public func member(_ name: borrowing Value, at place: Int) -> Schema? {
        switch type {
        case .structure(let fields):
            if place < fields.count, name.isText(fields[place].name) { return fields[place].schema }
            return fields.first { name.isText($0.name) }?.schema
        case .map(_, let content): return content
        default: return nil
        }
    }

    /// The schema of a struct's field; nil when there is none such.
    public func field(_ name: FieldName) -> Schema? {
        fields.first { unsafe $0.name.utf8.elementsEqual(name.bytes) }?.schema
    }
}

extension Schema: Equatable {
    /// Whether both say the same of a value, documentation and defaults left out.
    public static func == (one: Schema, other: Schema) -> Bool {
        one === other
            || one.type == other.type && one.isOptional == other.isOptional && one.name == other.name
                && one.version == other.version && one.parameters == other.parameters
    }
}

/// How a value stands in a record.
public enum SchemaType: Sendable, Equatable {
    case int8, int16, int32, int64, float32, float64, boolean, string, bytes
    case array(Schema)
    case map(key: Schema, value: Schema)
    case structure([SchemaField])

    /// The name in a schema's JSON (`org.apache.kafka.connect.json.JsonSchema`).
    public var name: String {
        switch self {
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .float32: "float"
        case .float64: "double"
        case .boolean: "boolean"
        case .string: "string"
        case .bytes: "bytes"
        case .array: "array"
        case .map: "map"
        case .structure: "struct"
        }
    }

    static let scalars: [SchemaType] = [
        .int8, .int16, .int32, .int64, .float32, .float64, .boolean, .string, .bytes,
    ]

    /// The schemas it is made of.
    var parts: [Schema] {
        switch self {
        case .array(let items): [items]
        case .map(let key, let value): [key, value]
        case .structure(let fields): fields.map(\.schema)
        default: []
        }
    }
}

/// A field of a struct.
public struct SchemaField: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What its value is.
    public let schema: Schema

    /// Names a field.
    public init(_ name: String, _ schema: Schema) {
        self.name = name
        self.schema = schema
    }
}

/// Why a schema or a value is refused, and where in it.
public struct SchemaFault: Error {
    /// As `.fields[1]`.
    public let path: String
    private let text: String

    /// - Parameter text: What follows the place in a sentence.
    public init(_ text: String, at path: String = "") {
        self.text = text
        self.path = path
    }

    /// The same fault, seen from above.
    public func below(_ step: String) -> SchemaFault { SchemaFault(text, at: "\(step)\(path)") }

    /// What is said of it: `payload.items[2]: …`.
    public func sentence(_ what: String) -> String { "\(what)\(path) \(text)" }
}

extension Value {
    /// Whether this is a string of this text.
    public func isText(_ text: String) -> Bool {
        unsafe withUTF8 { unsafe $0.count == text.utf8.count && $0.elementsEqual(text.utf8) } ?? false
    }
}
