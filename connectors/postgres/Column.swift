import ConnectorKit

/// A column of a table that rows can be given for.
struct Column: Sendable {
    let name: FieldName
    /// The name in quotes.
    let sql: String
    let type: String
    let slot: Slot
    let keyForm: KeyForm

    let shape: ValueShape
    /// The type and collation, as another table has them for the same values.
    let definition: String
    /// Whether it is `GENERATED ALWAYS AS IDENTITY`: a row has its value from the start and never another.
    let isFixed: Bool

    /// - Parameter modifier: `atttypmod`; below 0 when there is none.
    init(
        name: FieldName, type: String, shape: ValueShape, hasDefault: Bool, isNullable: Bool, isDeterministic: Bool,
        modifier: Int, definition: String, isFixed: Bool
    ) {
        self.definition = definition
        self.isFixed = isFixed
        self.name = name
        sql = quoted(name.description)
        self.type = type
        self.shape = shape
        keyForm = KeyForm(type: type, isDeterministic: isDeterministic)
        slot = Slot(
            name: self.name, form: shape.form, isArray: shape.isArray, number: NumberType(type: type),
            places: DecimalPlaces.of(shape.form, modifier: modifier), hasDefault: hasDefault, isNullable: isNullable)
    }
}

/// What writing a value for a column needs to know; free of references, since it is looked at for every value.
struct Slot: Sendable {
    let name: FieldName
    let form: ValueForm
    let isArray: Bool
    let number: NumberType
    /// How many places behind the point are kept, below 0 for whole tens; nil for all that the type can have.
    let places: Int?
    /// Whether the server has a value for rows that give none.
    let hasDefault: Bool
    /// Whether the column, or an element, may be NULL.
    let isNullable: Bool
    /// Where the shape is by which texts are looked through for dates and times; nil when they need not be.
    var shape: Int?

    /// An array column's elements; a null among those of a `json[]` is JSON's.
    var element: Slot {
        var element = Slot(
            name: name, form: form, isArray: false, number: .other, places: places, hasDefault: false,
            isNullable: form != .json)
        element.shape = shape.map { $0 + 1 }
        return element
    }
}

/// How values are written for a column; of an array column for its elements, of a domain for what it is over.
enum ValueForm: Sendable {
    /// Any JSON value, as JSON.
    case json
    /// Whole numbers are milliseconds since 1970-01-01 UTC.
    case timestamp
    case timestampWithZone
    /// Whole numbers are days since 1970-01-01.
    case date
    /// Whole numbers are milliseconds since midnight.
    case time
    case timeWithZone
    /// Texts are base64.
    case bytes
    /// Numbers; a schema's default is base64 there.
    case decimal
    case number
    case interval
    case bits
    case point
    /// PostGIS's.
    case geometry
    case text
    /// Texts as they are, anything else as its JSON; so are the forms before.
    case plain

    var isCalendar: Bool {
        switch self {
        case .timestamp, .timestampWithZone, .date, .time, .timeWithZone: true
        case .json, .bytes, .decimal, .number, .interval, .bits, .point, .geometry, .text, .plain: false
        }
    }

    var isNumber: Bool { self == .number || self == .decimal }

    /// Whether it is one of these.
    func holds(_ forms: Set<ValueForm>) -> Bool { forms.contains(self) }

    /// Goes by the name that `format_type` gives.
    init(type: String) {
        switch type {
        case "json", "jsonb": self = .json
        case "timestamp with time zone": self = .timestampWithZone
        case "timestamp without time zone": self = .timestamp
        case "date": self = .date
        case "time with time zone": self = .timeWithZone
        case "time without time zone": self = .time
        case "bytea": self = .bytes
        case "numeric": self = .decimal
        case "smallint", "integer", "bigint", "real", "double precision": self = .number
        case "interval": self = .interval
        case "bit", "bit varying": self = .bits
        case "point": self = .point
        case "text", "character varying", "character", "citext", "name": self = .text
        case "geometry", "geography", "public.geometry", "public.geography": self = .geometry
        default: self = .plain
        }
    }
}

/// A column's type as far as widening it goes.
enum NumberType: Sendable {
    case whole
    case floating
    case other

    init(type: String) {
        self = type == ColumnType.whole ? .whole : type == ColumnType.floating ? .floating : .other
    }
}

/// Which column type takes which JSON value, when the sink makes or widens columns.
enum ColumnType {
    static let whole = "bigint"
    static let floating = "double precision"
    static let exact = "numeric"

    /// The type of a new column for a value; nil for null, which fits any.
    static func inferred(from value: borrowing Value) -> String? {
        switch value.kind {
        case .missing, .null: nil
        case .bool: "boolean"
        case .number, .int, .uint, .double: number(value)
        case .string: "text"
        case .bytes: "bytea"
        case .array, .object: "jsonb"
        }
    }

    /// The type that a number column must become to hold a value exactly; nil when it need not, or cannot.
    static func widened(_ type: NumberType, for value: borrowing Value) -> String? {
        guard type != .other, isNumber(value) else { return nil }
        if type == .whole { return value.isInteger && value.int != nil ? nil : exact }
        return isExactDouble(value) ? nil : exact
    }

    private static func isNumber(_ value: borrowing Value) -> Bool {
        switch value.kind {
        case .number, .int, .uint, .double: true
        default: false
        }
    }

    private static func number(_ value: borrowing Value) -> String {
        if value.isInteger { return value.int == nil ? exact : whole }
        return isExactDouble(value) ? floating : exact
    }

    /// Whether a double gives the number back as it is: decimals of up to 15 significant digits do.
    private static func isExactDouble(_ value: borrowing Value) -> Bool {
        if value.kind == .double { return true }
        guard let text = value.decimalText, let double = value.double, double.isFinite else { return false }
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
            .filter { (48...57).contains($0) }.drop { $0 == 48 }
        return digits.count <= 15 && (double == 0) == digits.isEmpty && (double == 0 || double.isNormal)
    }
}
