import ConnectorKit

extension TableWriter {
    private static let catalogQuery = """
        SELECT a.attname, format_type(a.atttypid, NULL), t.typcategory, a.atthasdef OR a.attidentity <> '' \
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
        WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
        ORDER BY a.attnum
        """

    /// Finds the table's columns; creates the table for a first record when it is missing and may be.
    func lookUp(for record: borrowing Record, over connection: Connection) throws {
        try loadColumns(over: connection)
        if columns != nil { return }
        guard config.creates else {
            throw ConnectorError.configuration("table \(name) does not exist; create it, or set auto.create to true")
        }
        guard !record.isTombstone else {
            throw ConnectorError.rejected("the record is a tombstone for table \(name), which does not exist yet")
        }
        try change("CREATE TABLE IF NOT EXISTS \(name.sql) (\(try definition(for: record)))", over: connection)
    }

    /// Adds the columns that a record needs, and widens those it does not fit.
    func evolve(for record: borrowing Record, over connection: Connection) throws {
        let columns = columns ?? []
        var changes: [String] = []
        try eachField(of: record) { field, type, value in
            guard let column = columns.first(where: { $0.name.description == field }) else {
                guard config.evolves else {
                    throw ConnectorError.rejected(
                        "table \(name) has no column \"\(field)\"; add it, drop the field, or set auto.evolve to true")
                }
                return changes.append("ADD COLUMN IF NOT EXISTS \(quoted(field)) \(type)")
            }
            if let wider = ColumnType.widened(column.type, for: value), config.evolves {
                changes.append("ALTER COLUMN \(column.sql) TYPE \(wider)")
            }
        }
        if changes.isEmpty { return }
        let statement = "ALTER TABLE \(name.sql) \(changes.joined(separator: ", "))"
        try change("DROP TABLE IF EXISTS \(stage); \(statement)", over: connection)
    }

    private func loadColumns(over connection: Connection) throws {
        let rows = try connection.run(Self.catalogQuery, [name.sql])
        let found = rows.map { row in
            Column(name: row[0] ?? "", type: row[1] ?? "", category: row[2] ?? "", hasDefault: row[3] == "t")
        }
        guard !found.isEmpty else { return }
        let keys = try config.keyFields.map { key in
            guard let column = found.first(where: { $0.name.description == key }) else {
                throw ConnectorError.configuration("table \(name) has no column \"\(key)\", which pk.fields names")
            }
            return column
        }
        columns = keys + found.filter { column in !keys.contains { $0.name == column.name } }
    }

    /// Changes the schema; a change that the server refuses for this record rejects it and leaves the rest alone.
    private func change(_ sql: String, over connection: Connection) throws {
        do {
            try connection.run("SAVEPOINT sluice_change; \(sql); RELEASE SAVEPOINT sluice_change")
        } catch {
            guard error.meaning == .badRow && error.state != "23505" else { throw error }
            try connection.run("ROLLBACK TO SAVEPOINT sluice_change; RELEASE SAVEPOINT sluice_change")
            throw error.connectorError("table \(name) cannot be changed for the record")
        }
        isStaged = false
        try loadColumns(over: connection)
    }

    /// The columns of a new table: the key's, then the fields that are not null in their order.
    private func definition(for record: borrowing Record) throws -> String {
        var columns: [String] = []
        for key in config.keyFields {
            let inferred = config.withKey(FieldName(interning: key), of: record) { ColumnType.inferred(from: $0) }
            guard let type = inferred else {
                throw ConnectorError.rejected("the primary key's field \(key) is missing or null")
            }
            try checkIdentifier(key, "column")
            columns.append("\(quoted(key)) \(type)")
        }
        try eachField(of: record) { field, type, _ in
            if !config.keyFields.contains(field) { columns.append("\(quoted(field)) \(type)") }
        }
        if columns.isEmpty {
            throw ConnectorError.rejected(
                "table \(name) cannot be created for a record without a field that is not null")
        }
        if config.keyFields.isEmpty { return columns.joined(separator: ", ") }
        let keys = config.keyFields.map(quoted).joined(separator: ", ")
        return (columns + ["PRIMARY KEY (\(keys))"]).joined(separator: ", ")
    }

    /// Visits the fields that are not null, once a name, with the column type that suits each.
    private func eachField(
        of record: borrowing Record, _ body: (String, String, borrowing Value) throws -> Void
    ) throws {
        var seen: Set<String> = []
        try record.value.forEachMember { name, value in
            guard let text = name.string, let type = ColumnType.inferred(from: value), seen.insert(text).inserted else {
                return
            }
            try checkIdentifier(text, "column")
            try body(text, type, value)
        }
    }
}

extension Config {
    /// Whether an absent field leaves its column as it is.
    var keepsAbsent: Bool { mode == .upsert || mode == .update }

    /// Calls `body` with the value of a primary key's field.
    func withKey<R, E: Error>(
        _ name: FieldName, of record: borrowing Record, _ body: (borrowing Value) throws(E) -> R
    ) throws(E) -> R {
        if keyMode == .recordValue { return try body(record[name]) }
        let isMember = record.key.kind == .object || keyFields.count > 1
        return isMember ? try body(record.key[name]) : try body(record.key)
    }
}
