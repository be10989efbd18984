import ConnectorKit

// What a schema says of values that came without one: whole numbers of 64 bits are int64, longer ones Decimal of scale 0,
// other numbers double; null alone is a string; an object is a struct and everything below it optional; a list has one type
// of items, which takes whole numbers beside fractions and the fields of all its objects.
extension ConnectSchema {
    /// The schema of a value; nil when none says what it is: a list of different things, a number beyond a double.
    init?(of value: borrowing Value, isOptional: Bool = false) {
        guard let type = SchemaType(of: value) else { return nil }
        self.init(type, isOptional: isOptional)
    }

    /// The schema that takes what either takes; nil when none does.
    fileprivate func joined(_ other: ConnectSchema) -> ConnectSchema? {
        type.joined(other.type).map { ConnectSchema($0, isOptional: isOptional || other.isOptional) }
    }
}

extension SchemaType {
    init?(of value: borrowing Value) {
        switch value.kind {
        case .missing, .null: self = .null
        case .bool: self = .boolean
        case .string: self = .string
        case .bytes: self = .bytes
        case .number, .int, .uint, .double: self.init(number: value)
        case .array: self.init(list: value)
        case .object: self.init(object: value)
        }
    }

    private init?(number: borrowing Value) {
        if number.isInteger {
            guard number.int == nil else {
                self = .int64
                return
            }
            guard number.decimalText.flatMap({ Decimal.unscaled($0, scale: 0) }) != nil else { return nil }
            self = .decimal(scale: 0)
        } else {
            guard number.double?.isFinite == true else { return nil }
            self = .float64
        }
    }

    private init?(list: borrowing Value) {
        var items: ConnectSchema? = ConnectSchema(.null, isOptional: true)
        list.forEach { item in
            items = items.flatMap { known in ConnectSchema(of: item, isOptional: true).flatMap { known.joined($0) } }
        }
        guard let items else { return nil }
        self = .array(items)
    }

    private init?(object: borrowing Value) {
        var fields: [SchemaField] = []
        var names: Set<String> = []
        var isWhole = true
        object.forEachMember { name, member in
            guard isWhole, let name = name.string, names.insert(name).inserted,
                let schema = ConnectSchema(of: member, isOptional: true)
            else {
                isWhole = false
                return
            }
            fields.append(SchemaField(name: name, schema: schema))
        }
        guard isWhole else { return nil }
        self = .structure(fields)
    }

    fileprivate func joined(_ other: SchemaType) -> SchemaType? {
        switch (self, other) {
        case _ where self == other: self
        case (.null, _): other
        case (_, .null): self
        case (.int64, .float64), (.float64, .int64): .float64
        case (.int64, .decimal(0)), (.decimal(0), .int64): .decimal(scale: 0)
        case (.array(let one), .array(let two)): one.joined(two).map { .array($0) }
        case (.structure(let one), .structure(let two)): Self.joined(one, two).map { .structure($0) }
        default: nil
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
            fields[index] = SchemaField(name: field.name, schema: schema)
        }
        return fields
    }
}
