import ConnectorKit

/// What a column is made as.
struct FieldType {
    let sql: String
    /// Whether rows must have a value.
    var isRequired = false
    /// The default as an SQL literal.
    var defaultValue: String?

    init(sql: String) { self.sql = sql }

    /// Goes by a field's schema.
    ///
    /// - Parameter isOptional: Whether records may lack the field, whatever its schema says.
    init(schema: Schema, isOptional: Bool) {
        sql = Self.sql(schema)
        defaultValue = Self.literal(schema, Slot(sql))
        isRequired = !schema.isOptional && (!isOptional || defaultValue != nil)
    }

    /// The type and what must hold for its values, as a column's definition has them.
    var definition: String {
        sql + (defaultValue.map { " DEFAULT \($0)" } ?? "") + (isRequired ? " NOT NULL" : "")
    }

    /// The same for a table that has rows already.
    var addition: String { isRequired && defaultValue == nil ? sql : definition }

    private static func sql(_ schema: Schema) -> String { meaning(schema) ?? plain(schema) }

    /// nil when the schema's type says it all.
    private static func meaning(_ schema: Schema) -> String? {
        switch schema.meaning {
        case .date, .dateText: "date"
        case .time: "time"
        // Connect's is a moment, Debezium's a date and time without a zone.
        case .timestamp: schema.name == "org.apache.kafka.connect.data.Timestamp" ? "timestamptz" : "timestamp"
        case .timeText: schema.name == "io.debezium.time.IsoTime" ? "time" : "timetz"
        case .timestampText: schema.name == "io.debezium.time.IsoTimestamp" ? "timestamp" : "timestamptz"
        case .decimal, .variableScaleDecimal: "numeric"
        case .json, .jsonNull, .geometry, .sparseVector: "jsonb"
        case .xml: "xml"
        case .uuid: "uuid"
        case .interval: "interval"
        case .duration(let perSecond): perSecond > 1_000_000 ? "bigint" : "interval"
        case .point: "point"
        case .bits(let count): count > 0 && count <= mostBits ? "bit varying(\(count))" : "bit varying"
        case .databaseText: schema.name == "io.debezium.data.TsVector" ? "tsvector" : "text"
        case .enumeration, .enumerationSet: "text"
        case .plain, .year, .vector, .unknown: nil
        }
    }

    /// The longest a bit string's type may be.
    private static let mostBits = 83_886_080

    private static func plain(_ schema: Schema) -> String {
        switch schema.type {
        case .int8, .int16: "smallint"
        case .int32: "integer"
        case .int64: "bigint"
        case .float32: "real"
        case .float64: "double precision"
        case .boolean: "boolean"
        case .string: "text"
        case .bytes: "bytea"
        case .array(let items): array(items)
        case .map, .structure: "jsonb"
        }
    }

    /// Arrays of scalars are arrays; others have no type of their own.
    private static func array(_ items: Schema) -> String {
        let element = sql(items)
        return element == "jsonb" || element.hasSuffix("[]") ? "jsonb" : element + "[]"
    }

    /// nil for what has no literal.
    private static func literal(_ schema: Schema, _ slot: Slot) -> String? {
        switch schema.defaultValue {
        case nil, .tree: return nil
        case .bool, .number, .text: break
        }
        return try? schema.defaultValue?.withValue { value in
            var encoder = ValueEncoder(capacity: 64)
            guard slot.form != .bytes, slot.form != .bits, slot.form != .decimal || value.kind != .string,
                (try? encoder.write(value, as: schema, for: slot)) != nil
            else { return nil }
            return unsafe encoder.rows.withBytes { text in
                // The text of COPY, whose escapes E'' knows too.
                unsafe "E" + enclosed(String(decoding: text, as: UTF8.self), in: UInt8(ascii: "'"))
            }
        }
    }
}

extension Slot {
    /// A column that is to be made.
    fileprivate init(_ type: String) {
        let long = [
            "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
            "timetz": "time with time zone", "time": "time without time zone",
        ]
        let name = long[type] ?? type
        self.init(
            name: "", form: ValueForm(type: name.hasSuffix("[]") ? String(name.dropLast(2)) : name),
            isArray: name.hasSuffix("[]"), number: .other, places: nil, hasDefault: false, isNullable: true)
    }
}
