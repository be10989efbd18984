import ConnectorKit

/// What the server's catalog says of a table, a view or a foreign table.
struct TableCatalog {
    /// Those that rows may give values for, in their order.
    let columns: [Column]
    /// What the names of ``columns`` are of.
    let names: FieldNames
    /// Columns whose values PostgreSQL makes: generated ones, and expressions of a view.
    let computed: Set<ExactName>
    /// Whether COPY writes what INSERT would: not into views and foreign tables, past rules, or under row-level security.
    let takesCopy: Bool

    /// nil when there is no such table.
    init?(of table: TableName, over connection: Connection) throws {
        let rows = try connection.run(Self.query, [table.sql])
        guard let first = rows.first else { return nil }
        let isNested = rows.contains { $0[6] == "t" }
        let types = TypeCatalog(isNested ? try connection.run(TypeCatalog.query, [table.sql]) : [])
        let given = rows.filter { $0[10] == "f" }
        let names = FieldNames(given.map { $0[0] ?? "" })
        self.names = names
        columns = given.enumerated().map { place, row in
            let type = row[1] ?? ""
            return Column(
                name: unsafe names[place], type: type,
                shape: types.shape(row[5] ?? "") ?? .scalar(ValueForm(type: type)),
                hasDefault: row[2] == "t", isNullable: row[3] == "t", isDeterministic: row[4] == "t",
                modifier: row[7].flatMap { Int($0) } ?? -1, definition: row[8] ?? type, isFixed: row[9] == "t")
        }
        computed = Set(rows.filter { $0[10] == "t" }.compactMap { $0[0].map { ExactName($0) } })
        takesCopy = first[11] == "t"
    }

    /// A row for each column. Of a view's column it is not known whether the table below has a default.
    private static let query = """
        SELECT a.attname, format_type(a.atttypid, NULL), a.atthasdef OR a.attidentity <> '' OR r.relkind = 'v', \
        NOT (a.attnotnull OR t.typnotnull), coalesce(c.collisdeterministic, true), a.atttypid, \
        t.typtype <> 'b' OR t.typcategory = 'A', coalesce(nullif(a.atttypmod, -1), t.typtypmod), \
        format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation \
        THEN format(' COLLATE %I.%I', n.nspname, c.collname) ELSE '' END, \
        a.attidentity = 'a', a.attgenerated <> '' OR r.relkind = 'v' AND NOT v.has_trigger \
        AND pg_relation_is_updatable(r.oid, false) & 20 = 20 AND NOT pg_column_is_updatable(r.oid, a.attnum, false), \
        r.relkind IN ('r', 'p') AND NOT r.relhasrules AND NOT row_security_active(r.oid) \
        FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid JOIN pg_type t ON t.oid = a.atttypid \
        LEFT JOIN pg_collation c ON c.oid = a.attcollation LEFT JOIN pg_namespace n ON n.oid = c.collnamespace \
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = r.oid AND g.tgtype & 68 = 68)) \
        AS v (has_trigger) \
        WHERE r.oid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        """
}
