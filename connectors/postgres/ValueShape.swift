import ConnectorKit

/// What a column's type is made of, domains left out.
indirect enum ValueShape: Sendable {
    case scalar(ValueForm)
    case array(ValueShape, delimiter: UInt8)
    /// A range of these.
    case range(ValueShape)
    /// A list of ranges of these.
    case multirange(ValueShape)
    case composite([ValueShape])

    /// How a column's values are written, those of an array one by one.
    var form: ValueForm {
        switch self {
        case .scalar(let form): form
        case .array(let element, _): element.form
        case .range, .multirange, .composite: .plain
        }
    }

    var isArray: Bool { if case .array = self { true } else { false } }

    /// Whether there are dates or times in it.
    var hasCalendar: Bool {
        switch self {
        case .scalar(let form): form.isCalendar
        case .array(let part, _), .range(let part), .multirange(let part): part.hasCalendar
        case .composite(let parts): parts.contains { $0.hasCalendar }
        }
    }
}

/// The types of a table's columns, as far as their names do not say it.
struct TypeCatalog {
    private struct Entry {
        let kind: String
        let name: String
        let parts: [String]
        let delimiter: UInt8
    }

    private var entries: [String: Entry] = [:]

    /// PostgreSQL lets no type hold itself.
    private static let deepest = 64

    /// - Parameter rows: Those that ``query`` gives.
    init(_ rows: [[String?]]) {
        for row in rows {
            guard row.count == 5, let number = row[0] else { continue }
            entries[number] = Entry(
                kind: row[1] ?? "", name: row[2] ?? "",
                parts: (row[3] ?? "").split(separator: ",").map(String.init),
                delimiter: row[4]?.utf8.first ?? UInt8(ascii: ","))
        }
    }

    /// The shape of a type; nil for one that was not asked for.
    func shape(_ number: String, depth: Int = 0) -> ValueShape? {
        guard let entry = entries[number], depth < Self.deepest else { return nil }
        let parts = entry.parts.map { shape($0, depth: depth + 1) ?? .scalar(.plain) }
        switch (entry.kind, parts.first) {
        case ("d", let base?): return base
        case ("a", let element?): return .array(element, delimiter: entry.delimiter)
        case ("r", let bound?): return .range(bound)
        case ("m", .range(let bound)?): return .multirange(bound)
        case ("c", _): return .composite(parts)
        default: return .scalar(ValueForm(type: entry.name))
        }
    }

    /// For each type that a table's columns are made of its number, kind, name, the numbers of its parts, and the character
    /// between an array's elements.
    static let query = """
        WITH RECURSIVE part (type) AS (
          SELECT atttypid FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
          UNION
          SELECT p.type FROM part JOIN pg_type t ON t.oid = part.type CROSS JOIN LATERAL unnest(\(parts)) AS p (type))
        SELECT t.oid, \(kind), format_type(t.oid, NULL), array_to_string(\(parts), ','), e.typdelim
        FROM part JOIN pg_type t ON t.oid = part.type LEFT JOIN pg_type e ON e.oid = t.typelem
        """

    private static let kind =
        "CASE WHEN t.typtype IN ('d','r','m','c') THEN t.typtype::text WHEN t.typcategory = 'A' THEN 'a' END"

    private static let parts = """
        CASE t.typtype \
        WHEN 'd' THEN ARRAY[t.typbasetype] \
        WHEN 'r' THEN ARRAY(SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid) \
        WHEN 'm' THEN ARRAY(SELECT r.rngtypid FROM pg_range r WHERE to_jsonb(r)->>'rngmultitypid' = t.oid::text) \
        WHEN 'c' THEN ARRAY(SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 \
        AND NOT a.attisdropped ORDER BY a.attnum) \
        ELSE CASE WHEN t.typcategory = 'A' THEN ARRAY[t.typelem] ELSE '{}'::oid[] END END
        """
}
