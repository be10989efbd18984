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

/// The fields of a record, looked at when a table is made or changed and not for every record.
struct Fields {
    /// What joins the names of nested fields; nil when objects are values.
    private let delimiter: String?
    /// Objects that are the values of columns.
    private let whole: Set<[ExactName]>
    /// What the value has, null or not.
    private var present: Set<[ExactName]> = []
    private var seen: Set<[ExactName]> = []
    private var found: [Field] = []

    /// The fields that a table needs columns for, once a name: those of the schema, and those that are not null, for a
    /// transform may have put them beside it.
    ///
    /// - Parameters:
    ///   - delimiter: What joins the names of nested fields; nil when objects are values.
    ///   - whole: Paths of objects that are the values of columns all the same.
    static func of(_ record: borrowing Record, delimiter: String?, whole: Set<[ExactName]> = []) -> [Field] {
        var fields = Fields(delimiter: delimiter, whole: whole)
        if let schema = record.schema, !schema.fields.isEmpty {
            fields.note(record.value, [])
            fields.add(schema: schema, [], isOptional: false)
        }
        fields.add(record.value, [])
        return fields.found
    }

    private init(delimiter: String?, whole: Set<[ExactName]>) {
        self.delimiter = delimiter
        self.whole = whole
    }

    private mutating func note(_ object: borrowing Value, _ path: [ExactName]) {
        object.forEachMember { name, value in
            guard let text = name.string else { return }
            let path = path + [ExactName(text)]
            present.insert(path)
            if delimiter != nil { note(value, path) }
        }
    }

    private mutating func add(_ object: borrowing Value, _ path: [ExactName]) {
        object.forEachMember { name, value in
            guard let text = name.string else { return }
            let path = path + [ExactName(text)]
            if delimiter != nil && value.kind == .object {
                return whole.contains(path) || seen.contains(path) ? () : add(value, path)
            }
            guard let type = ColumnType.inferred(from: value) else { return }
            var widening: [NumberType: String] = [:]
            for number in [NumberType.whole, .floating] {
                widening[number] = ColumnType.widened(number, for: value)
            }
            take(path, FieldType(sql: type), widening)
        }
    }

    /// - Parameter isOptional: Whether an object around the fields may be null.
    private mutating func add(schema: Schema, _ path: [ExactName], isOptional: Bool) {
        for field in schema.fields {
            let path = path + [ExactName(field.name)]
            if delimiter != nil, !field.schema.fields.isEmpty, field.schema.meaning == .plain {
                add(schema: field.schema, path, isOptional: isOptional || field.schema.isOptional)
                continue
            }
            // A transform may have dropped or renamed what the schema requires.
            take(path, FieldType(schema: field.schema, isOptional: isOptional || !present.contains(path)), [:])
        }
    }

    private mutating func take(_ path: [ExactName], _ type: FieldType, _ widening: [NumberType: String]) {
        guard seen.insert(path).inserted else { return }
        let name = ExactName(path.map(\.description).joined(separator: delimiter ?? ""))
        found.append(Field(name: name, path: path, type: type, widening: widening))
    }
}

extension Fields {
    /// How many columns a value's fields are when objects are flattened.
    static func leafCount(_ object: borrowing Value) -> Int {
        var count = 0
        object.forEachMember { _, value in count += value.kind == .object ? leafCount(value) : 1 }
        return count
    }

    /// Whether a leaf that is not null has no column of a layout of flattened fields.
    static func isLacking(_ record: borrowing Record, _ layout: TableLayout) -> Bool {
        isLacking(record.value, layout, Array(layout.paths.indices), depth: 0)
    }

    /// - Parameter places: Those of the columns whose paths lead through the object.
    private static func isLacking(
        _ object: borrowing Value, _ layout: TableLayout, _ places: [Int], depth: Int
    ) -> Bool {
        var isLacking = false
        object.forEachMember { name, value in
            if isLacking || value.isNull { return }
            let below = places.filter { place in
                let names = layout.paths[place]?.names ?? []
                return names.count > depth && name.equals(names[depth])
            }
            let hasColumn = below.contains { place in
                layout.paths[place]?.names.count == depth + 1 && (value.kind != .object || place >= layout.firstField)
            }
            if hasColumn { return }
            isLacking = value.kind != .object || self.isLacking(value, layout, below, depth: depth + 1)
        }
        return isLacking
    }
}
