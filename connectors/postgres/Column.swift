import ConnectorKit

/// A column of a table that rows can be given for.
struct Column: Sendable {
    /// How values are written for it.
    enum Form: Sendable {
        /// Any JSON value, as JSON.
        case json
        /// Arrays as PostgreSQL's array literals.
        case array
        /// Texts as they are, anything else as its JSON.
        case plain
    }

    let name: FieldName
    /// The name in quotes.
    let sql: String
    let type: String
    let form: Form
    /// Whether the server has a value for rows that give none.
    let hasDefault: Bool

    init(name: String, type: String, category: String, hasDefault: Bool) {
        self.name = FieldName(interning: name)
        sql = quoted(name)
        self.type = type
        form = type == "json" || type == "jsonb" ? .json : category == "A" ? .array : .plain
        self.hasDefault = hasDefault
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

    /// The type that a number column of `type` must become to hold a value exactly; nil when it need not, or cannot.
    static func widened(_ type: String, for value: borrowing Value) -> String? {
        guard type == whole || type == floating, isNumber(value) else { return nil }
        if type == whole { return value.isInteger && value.int != nil ? nil : exact }
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
