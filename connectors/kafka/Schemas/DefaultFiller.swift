import ConnectorKit

/// Puts defaults in place of nulls and of what is missing, as Kafka Connect's JsonConverter does.
enum DefaultFiller {
    /// - Parameter value: A value of the record, which the schema is of.
    static func fill(_ value: borrowing Value, _ schema: Schema, of record: borrowing RecordEditor) throws {
        guard schema.hasDefaults else { return }
        if value.isNull {
            try schema.defaultValue?.withValue { record.overwrite(value, withCopyOf: $0) }
            return
        }
        switch schema.type {
        case .structure(let fields) where value.kind == .object: try fill(fields, in: value, of: record)
        case .array(let items): try value.forEach { try fill($0, items, of: record) }
        case .map(_, let content) where value.kind == .array: try value.forEach { try fill($0[1], content, of: record) }
        case .map(_, let content): try value.forEachMember { try fill($1, content, of: record) }
        default: return
        }
    }

    private static func fill(
        _ fields: [SchemaField], in object: borrowing Value, of record: borrowing RecordEditor
    ) throws {
        for field in fields where field.schema.hasDefaults {
            var isThere = false
            try object.forEachMember { name, member in
                guard name.isText(field.name) else { return }
                isThere = true
                try fill(member, field.schema, of: record)
            }
            if isThere { continue }
            try field.schema.defaultValue?.withValue { record.append(field.name, copyOf: $0, to: object) }
        }
    }
}
