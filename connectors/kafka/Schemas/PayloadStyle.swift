import ConnectorKit

/// How values that fit their schema stand in an envelope where they do not stand as in the record.
struct PayloadStyle {
    let decimals: DecimalFormat
    /// Whether a default takes the place of a null.
    let replacesNull: Bool

    /// Whether any part of a value is written otherwise than it stands in a record.
    func isNeeded(for schema: Schema) -> Bool {
        decimals == .base64 && schema.hasDecimals || replacesNull && schema.hasDefaults
    }

    func write(_ value: borrowing Value, _ schema: Schema, to writer: inout JSONWriter) {
        guard isNeeded(for: schema) else { return writer.write(value) }
        if value.isNull || !value.exists {
            guard replacesNull, let other = schema.defaultValue else { return writer.write(value) }
            return writer.write(text: other.jsonText)
        }
        switch schema.type {
        case .array(let items): writeList(value, [items], to: &writer)
        case .map(let key, let content) where value.kind == .array:
            writer.write("[")
            var isFirst = true
            value.forEach { pair in
                if !isFirst { writer.write(",") }
                isFirst = false
                writeList(pair, [key, content], to: &writer)
            }
            writer.write("]")
        case .map, .structure: writeMembers(value, schema, to: &writer)
        default: writeScalar(value, schema, to: &writer)
        }
    }

    /// Decimals as the base64 of their unscaled number.
    private func writeScalar(_ value: borrowing Value, _ schema: Schema, to writer: inout JSONWriter) {
        guard decimals == .base64, case .decimal(let scale) = schema.meaning,
            let bytes = value.decimalText.flatMap({ UnscaledDecimal.bytes($0, scale: scale) })
        else { return writer.write(value) }
        writer.write("\"")
        Base64Text.write(bytes, to: &writer)
        writer.write("\"")
    }

    private func writeList(_ list: borrowing Value, _ schemas: [Schema], to writer: inout JSONWriter) {
        guard list.kind == .array else { return writer.write(list) }
        writer.write("[")
        var index = 0
        list.forEach { item in
            if index > 0 { writer.write(",") }
            write(item, schemas[min(index, schemas.count - 1)], to: &writer)
            index += 1
        }
        writer.write("]")
    }

    private func writeMembers(_ object: borrowing Value, _ schema: Schema, to writer: inout JSONWriter) {
        guard object.kind == .object else { return writer.write(object) }
        writer.write("{")
        var index = 0
        object.forEachMember { name, member in
            if index > 0 { writer.write(",") }
            writer.write(name)
            writer.write(":")
            if let part = schema.member(name, at: index) {
                write(member, part, to: &writer)
            } else {
                writer.write(member)
            }
            index += 1
        }
        if replacesNull { writeMissing(of: object, schema.fields, isFirst: index == 0, to: &writer) }
        writer.write("}")
    }

    private func writeMissing(
        of object: borrowing Value, _ fields: [SchemaField], isFirst: Bool, to writer: inout JSONWriter
    ) {
        var isFirst = isFirst
        for field in fields {
            guard let other = field.schema.defaultValue, !object.hasMember(field.name) else { continue }
            if !isFirst { writer.write(",") }
            isFirst = false
            writer.write(text: "\(field.name.jsonQuoted):\(other.jsonText)")
        }
    }
}

extension Value {
    fileprivate func hasMember(_ text: String) -> Bool {
        var isThere = false
        forEachMember { name, _ in isThere = isThere || name.isText(text) }
        return isThere
    }
}
