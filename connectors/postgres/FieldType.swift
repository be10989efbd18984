import ConnectorKit

/// What a column is made as.
struct FieldType {
    let sql: String
    /// Whether rows must have a value.
    var isRequired = false
    /// The default as an SQL literal.
    var defaultValue: String?

    init(sql: String) { self.sql = sql }

    /// Goes by a field's schema in Kafka Connect's JSON form (`JsonConverter` with `schemas.enable`).
    ///
    /// - Parameter isOptional: Whether records may lack the field, whatever its schema says.
    init(schema: borrowing Value, isOptional: Bool) {
        sql = Self.sql(schema)
        defaultValue = Self.literal(schema["default"], Slot(sql))
        isRequired = schema["optional"].bool != true && (!isOptional || defaultValue != nil)
    }

    /// The type and what must hold for its values, as a column's definition has them.
    var definition: String {
        sql + (defaultValue.map { " DEFAULT \($0)" } ?? "") + (isRequired ? " NOT NULL" : "")
    }

    /// The same for a table that has rows already.
    var addition: String { isRequired && defaultValue == nil ? sql : definition }

    private static func sql(_ schema: borrowing Value) -> String {
        switch schema["name"].string {
        case "org.apache.kafka.connect.data.Timestamp": return "timestamptz"
        case "org.apache.kafka.connect.data.Date": return "date"
        case "org.apache.kafka.connect.data.Time": return "time"
        case "org.apache.kafka.connect.data.Decimal": return "numeric"
        default: break
        }
        switch schema["type"].string {
        case "int8", "int16": return "smallint"
        case "int32": return "integer"
        case "int64": return "bigint"
        case "float", "float32": return "real"
        case "double", "float64": return "double precision"
        case "boolean": return "boolean"
        case "string": return "text"
        case "bytes": return "bytea"
        case "array": return array(schema["items"])
        default: return "jsonb"
        }
    }

    /// Arrays of scalars are arrays; others have no type of their own.
    private static func array(_ items: borrowing Value) -> String {
        let element = sql(items)
        return element == "jsonb" || element.hasSuffix("[]") ? "jsonb" : element + "[]"
    }

    /// nil for what has no literal.
    private static func literal(_ value: borrowing Value, _ slot: Slot) -> String? {
        switch value.kind {
        case .bool, .number, .int, .uint, .double, .string: break
        case .missing, .null, .bytes, .array, .object: return nil
        }
        var encoder = ValueEncoder(capacity: 64)
        guard slot.form != .bytes, slot.form != .decimal || value.kind != .string,
            (try? encoder.write(value, for: slot)) != nil
        else { return nil }
        return unsafe encoder.rows.withBytes { text in
            // The text of COPY, whose escapes E'' knows too.
            unsafe "E" + enclosed(String(decoding: text, as: UTF8.self), in: UInt8(ascii: "'"))
        }
    }
}

extension Slot {
    /// A column that is to be made.
    fileprivate init(_ type: String) {
        let name = type == "timestamptz" ? "timestamp with time zone" : type == "time" ? "time without time zone" : type
        self.init(
            name: "", form: ValueForm(type: name.hasSuffix("[]") ? String(name.dropLast(2)) : name),
            isArray: name.hasSuffix("[]"), number: .other, hasDefault: false, isNullable: true)
    }
}
