import ConnectorKit

// What a schema says of values that came without one: whole numbers of 64 bits are int64, longer ones Decimal of scale 0,
// other numbers double; null alone is an optional string; an object is a struct and everything below it optional; a list has one
// type of items, which takes whole numbers beside fractions and the fields of all its objects.
extension Schema {
    /// What is known of a value that was null wherever it was seen.
    private static let null = Schema(.string, isOptional: true)

    /// The schema of a value; nil when none says what it is: a list of different things, a number beyond a double.
    static func inferred(from value: borrowing Value, isOptional: Bool = false) -> Schema? {
        switch value.kind {
        case .missing, .null: null
        case .bool: Schema(.boolean, isOptional: isOptional)
        case .string: Schema(.string, isOptional: isOptional)
        case .bytes: Schema(.bytes, isOptional: isOptional)
        case .number, .int, .uint, .double: number(value, isOptional)
        case .array: list(value).map { Schema(.array($0), isOptional: isOptional) }
        case .object: fields(value).map { Schema(.structure($0), isOptional: isOptional) }
        }
    }

    private static func number(_ number: borrowing Value, _ isOptional: Bool) -> Schema? {
        if number.isInteger {
            if number.int != nil { return Schema(.int64, isOptional: isOptional) }
            guard number.decimalText.flatMap({ UnscaledDecimal.bytes($0, scale: 0) }) != nil else { return nil }
            return .decimal(scale: 0, isOptional: isOptional)
        }
        return number.double?.isFinite == true ? Schema(.float64, isOptional: isOptional) : nil
    }

    private static func list(_ list: borrowing Value) -> Schema? {
        var items: Schema? = null
        list.forEach { item in
            items = items.flatMap { known in inferred(from: item, isOptional: true).flatMap { known.joined($0) } }
        }
        return items
    }

    private static func fields(_ object: borrowing Value) -> [SchemaField]? {
        var fields: [SchemaField] = []
        var names: Set<String> = []
        var isWhole = true
        object.forEachMember { name, member in
            guard isWhole, let name = name.string, names.insert(name).inserted,
                let schema = inferred(from: member, isOptional: true)
            else {
                isWhole = false
                return
            }
            fields.append(SchemaField(name, schema))
        }
        return isWhole ? fields : nil
    }

    /// The schema that takes what either takes; nil when none does. Both are of items or fields, which are optional.
    private func joined(_ other: Schema) -> Schema? {
        if self === Self.null || self == other { return other }
        if other === Self.null { return self }
        switch (type, other.type) {
        case (.int64, .float64): return other
        case (.float64, .int64): return self
        case (.int64, .bytes) where other.meaning == .decimal(scale: 0): return other
        case (.bytes, .int64) where meaning == .decimal(scale: 0): return self
        case (.array(let one), .array(let two)): return one.joined(two).map { Schema(.array($0), isOptional: true) }
        case (.structure(let one), .structure(let two)):
            return Self.joined(one, two).map { Schema(.structure($0), isOptional: true) }
        default: return nil
        }
    }

    private static func joined(_ one: [SchemaField], _ two: [SchemaField]) -> [SchemaField]? {
        var fields = one
        for field in two {
            guard let index = fields.firstIndex(where: { $0.name == field.name }) else {
                fields.append(field)
                continue
            }
            guard let schema = fields[index].schema.joined(field.schema) else { return nil }
            fields[index] = SchemaField(field.name, schema)
        }
        return fields
    }
}
