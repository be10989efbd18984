import ConnectorKit

/// A field of a record, as a column would be made for it.
struct Field {
    /// The column's name.
    let name: ExactName
    /// From the record's value down.
    let path: [ExactName]
    let type: FieldType
    /// The type that a number column must have for this value; nil when it may stay.
    let widening: [NumberType: String]
}

/// The fields of records, looked at when a table is made or changed and not for every record.
enum Fields {
    /// The fields that a table needs columns for, once a name: those of the schema, or those that are not null.
    ///
    /// - Parameter delimiter: What joins the names of nested fields; nil when objects are values.
    static func of(_ record: borrowing Record, delimiter: String?) -> [Field] {
        var found: [Field] = []
        if record.schema["fields"].kind == .array {
            add(schema: record.schema, path: [], delimiter, to: &found)
        } else {
            add(record.value, path: [], delimiter, to: &found)
        }
        var seen: Set<[ExactName]> = []
        return found.filter { seen.insert($0.path).inserted }
    }

    private static func add(_ object: borrowing Value, path: [ExactName], _ delimiter: String?, to found: inout [Field]) {
        object.forEachMember { name, value in
            guard let text = name.string else { return }
            let path = path + [ExactName(text)]
            if delimiter != nil && value.kind == .object { return add(value, path: path, delimiter, to: &found) }
            guard let type = ColumnType.inferred(from: value) else { return }
            var widening: [NumberType: String] = [:]
            for number in [NumberType.whole, .floating] {
                widening[number] = ColumnType.widened(number, for: value)
            }
            let name = joined(path, delimiter)
            found.append(Field(name: name, path: path, type: FieldType(sql: type), widening: widening))
        }
    }

    private static func add(
        schema: borrowing Value, path: [ExactName], _ delimiter: String?, to found: inout [Field]
    ) {
        schema["fields"].forEach { field in
            guard let text = field["field"].string else { return }
            let path = path + [ExactName(text)]
            if delimiter != nil && field["type"] == "struct" {
                return add(schema: field, path: path, delimiter, to: &found)
            }
            let name = joined(path, delimiter)
            found.append(Field(name: name, path: path, type: FieldType(schema: field), widening: [:]))
        }
    }

    private static func joined(_ path: [ExactName], _ delimiter: String?) -> ExactName {
        ExactName(path.map(\.description).joined(separator: delimiter ?? ""))
    }

    /// How many columns a value's fields are when objects are flattened.
    static func leafCount(_ object: borrowing Value) -> Int {
        var count = 0
        object.forEachMember { _, value in count += value.kind == .object ? leafCount(value) : 1 }
        return count
    }

    /// Whether a leaf that is not null has no column of a layout of flattened fields.
    static func isLacking(_ record: borrowing Record, _ layout: TableLayout) -> Bool {
        var isLacking = false
        let known = Set(layout.paths.compactMap { $0?.names })
        eachLeaf(record.value, []) { if !known.contains($0) { isLacking = true } }
        return isLacking
    }

    private static func eachLeaf(_ object: borrowing Value, _ path: [FieldName], _ body: ([FieldName]) -> Void) {
        object.forEachMember { name, value in
            guard !value.isNull, let text = name.string else { return }
            let path = path + [FieldName(interning: text)]
            if value.kind == .object { eachLeaf(value, path, body) } else { body(path) }
        }
    }
}
