import ConnectorKit

/// How the values of a column are written as JSON.
enum ColumnForm: Sendable, Hashable {
    case scalar(ScalarForm)
    /// An array of PostgreSQL, with the character between its elements.
    case array(ScalarForm, delimiter: UInt8)
}

/// How a value that is no array is written as JSON.
enum ScalarForm: Sendable, Hashable {
    case number
    case bool
    case json
    case bytes
    case timestamp
    case timestampWithZone
    case time
    case text

    /// Goes by the type's number in `pg_type`; whatever is not known is text.
    init(type: UInt32) {
        self =
            switch type {
            case 20, 21, 23, 26, 700, 701, 1700: .number
            case 16: .bool
            case 114, 3802: .json
            case 17: .bytes
            case TypeNumber.timestamp: .timestamp
            case TypeNumber.timestampWithZone: .timestampWithZone
            case 1083: .time
            default: .text
            }
    }
}

/// Numbers of types, from PostgreSQL's `pg_type.dat`; they never change.
enum TypeNumber {
    static let date: UInt32 = 1082
    static let timestamp: UInt32 = 1114
    static let timestampWithZone: UInt32 = 1184
    /// char, text, bpchar, varchar, uuid: no array, and not worth a question to the server.
    static let texts: Set<UInt32> = [18, 25, 1042, 1043, 2950]
}

/// What the rows of a table or query look like.
struct RowLayout: Sendable {
    struct Column: Sendable {
        let name: FieldName
        /// The name as JSON, with the colon.
        let label: [UInt8]
        let form: ColumnForm
    }

    /// What the server says of the columns.
    let described: [ResultColumn]
    let columns: [Column]
    /// The places of the columns that order the rows.
    let order: [Int]
    let keys: [FieldName]
    /// What the names of ``columns`` are of.
    private let names: FieldNames

    /// Lays out columns that ``checked(_:for:keys:)`` let pass.
    ///
    /// - Parameter arrays: The element form and delimiter of the types that are arrays.
    init(_ described: [ResultColumn], for plan: ReadPlan, keys: [String], arrays: [UInt32: ColumnForm]) {
        self.described = described
        let names = FieldNames(described.map(\.name))
        self.names = names
        columns = described.enumerated().map { place, column in
            Column(
                name: unsafe names[place], label: Array("\(column.name.jsonQuoted):".utf8),
                form: arrays[column.type] ?? .scalar(ScalarForm(type: column.type)))
        }
        order = plan.order.compactMap { name in described.firstIndex { $0.name == name } }
        self.keys = keys.map(FieldName.init(interning:))
    }

    /// The type of the column that is ordered by first.
    var orderType: UInt32? { order.first.map { described[$0].type } }

    /// Refuses columns that the settings do not fit.
    static func check(_ columns: [ResultColumn], for plan: ReadPlan, keys: [String]) throws(ConnectorError) {
        let names = columns.map(\.name)
        let asked =
            [("timestamp.column.name", plan.timestamp), ("incrementing.column.name", plan.incrementing)]
            + keys.map { ("key.fields", $0) }
        for case (let setting, let name?) in asked where !names.contains(name) {
            let hint =
                nearest(name, in: names).map { "did you mean \"\($0)\"?" } ?? "it has: \(names.joined(separator: ", "))"
            throw .configuration("\(plan.target) has no column \"\(name)\", which \(setting) names; \(hint)")
        }
        if let twice = Set(names.filter { name in names.count { $0 == name } > 1 }).min() {
            throw .configuration("\(plan.target) has two columns \"\(twice)\"; give one another name with AS")
        }
        let times = [TypeNumber.date, TypeNumber.timestamp, TypeNumber.timestampWithZone]
        if let name = plan.timestamp, let column = columns.first(where: { $0.name == name }),
            !times.contains(column.type)
        {
            throw .configuration(
                "column \"\(name)\" of \(plan.target), which timestamp.column.name names, is not of type timestamptz, "
                    + "timestamp or date; choose another column, or convert it in a query")
        }
    }
}

extension Connection {
    /// The forms of those types that are arrays.
    func arrayForms(of types: Set<UInt32>) throws(ServerError) -> [UInt32: ColumnForm] {
        let unknown = types.subtracting(TypeNumber.texts)
            .filter { ScalarForm(type: $0) == .text && $0 != TypeNumber.date }
        if unknown.isEmpty { return [:] }
        let rows = try run(Self.arrayTypes, ["{\(unknown.map(String.init).joined(separator: ","))}"])
        var forms: [UInt32: ColumnForm] = [:]
        for row in rows {
            guard let type = row[0].flatMap(UInt32.init), let element = row[1].flatMap(UInt32.init) else { continue }
            forms[type] = .array(ScalarForm(type: element), delimiter: row[2]?.utf8.first ?? UInt8(ascii: ","))
        }
        return forms
    }

    /// Array type, type of its elements without domains around it, delimiter.
    private static let arrayTypes = """
        WITH RECURSIVE element (array_type, type, base, delimiter) AS (
          SELECT a.oid, e.oid, e.typbasetype, e.typdelim FROM pg_catalog.pg_type a JOIN pg_catalog.pg_type e
            ON e.oid = a.typelem
            WHERE a.oid = ANY ($1::oid[]) AND a.typoutput = 'pg_catalog.array_out'::regproc
          UNION ALL
          SELECT x.array_type, t.oid, t.typbasetype, x.delimiter FROM element x JOIN pg_catalog.pg_type t
            ON t.oid = x.base)
        SELECT array_type, type, delimiter FROM element WHERE base = 0
        """
}
