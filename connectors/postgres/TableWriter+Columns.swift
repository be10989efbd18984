import ConnectorKit

extension TableWriter {
    /// Finds the table's columns; creates the table for a first record when it is missing and may be.
    func lookUp(for record: borrowing Record, over connection: Connection) throws -> TableLayout {
        if let found = try loadLayout(over: connection) { return found }
        guard config.creates else {
            throw ConnectorError.configuration("table \(name) does not exist; create it, or set auto.create to true")
        }
        guard !record.isTombstone else {
            throw ConnectorError.rejected("the record is a tombstone for table \(name), which does not exist yet")
        }
        let fields = fields(of: record)
        try checkPaths(of: fields)
        let columns = try definition(for: record, fields)
        let layout = try change("CREATE TABLE IF NOT EXISTS \(name.sql) (\(columns))", over: connection)
        return bindPaths(of: fields, layout)
    }

    /// Learns from a record where the flattened fields of the key are.
    func findKey(of record: borrowing Record, _ layout: TableLayout) throws -> TableLayout {
        let fields = fields(of: record)
        try checkPaths(of: fields)
        return bindPaths(of: fields, layout)
    }

    /// Adds the columns that a record needs, and widens those it does not fit.
    func evolve(for record: borrowing Record, over connection: Connection) throws -> TableLayout {
        // Another session may have added what is missing.
        var layout = try lookUp(for: record, over: connection)
        let fields = fields(of: record)
        try checkPaths(of: fields)
        let changes = try changes(for: fields, layout)
        if !changes.isEmpty {
            let statement = "ALTER TABLE \(name.sql) \(changes.joined(separator: ", "))"
            layout = try change("DROP TABLE IF EXISTS \(stage); \(statement)", over: connection)
        }
        return bindPaths(of: fields, layout)
    }

    private func changes(for fields: [Field], _ layout: TableLayout) throws -> [String] {
        try fields.compactMap { field in
            guard let column = layout.columns.first(where: { ExactName($0.name) == field.name }) else {
                return try addition(of: field)
            }
            guard let wider = field.widening[column.slot.number], config.evolves else { return nil }
            return "ALTER COLUMN \(column.sql) TYPE \(wider)"
        }
    }

    private func fields(of record: borrowing Record) -> [Field] {
        Fields.of(record, delimiter: config.flattenDelimiter, whole: Set(paths.values)).map { field in
            guard let type = config.types[field.name] else { return field }
            return Field(name: field.name, path: field.path, type: FieldType(sql: type), widening: field.widening)
        }
    }

    private func addition(of field: Field) throws -> String {
        if let catalog, catalog.computed.contains(field.name) {
            throw ConnectorError.rejected(
                "column \"\(field.name)\" of table \(name) takes no value, since PostgreSQL makes it (a generated column, or "
                    + "an expression of a view); drop the field with ReplaceField")
        }
        guard config.evolves else {
            throw ConnectorError.rejected(
                "table \(name) has no column \"\(field.name)\"; add it, drop the field with ReplaceField, or set auto.evolve to "
                    + "true")
        }
        try checkIdentifier(field.name.description, "column")
        return "ADD COLUMN IF NOT EXISTS \(field.name.sql) \(field.type.addition)"
    }

    /// Refuses flattened fields that would share a column.
    private func checkPaths(of fields: [Field]) throws(ConnectorError) {
        if config.flattenDelimiter == nil { return }
        var paths = paths
        for field in fields {
            guard paths.updateValue(field.path, forKey: field.name) ?? field.path == field.path else {
                throw .rejected("two fields of the record, flattened, are named \"\(field.name)\"; rename one")
            }
        }
    }

    /// Notes where the flattened fields of columns are.
    ///
    /// Only of columns: records can bring any number of other names, of which nothing may stay.
    private func bindPaths(of fields: [Field], _ layout: TableLayout) -> TableLayout {
        if config.flattenDelimiter == nil { return layout }
        let names = Set(layout.columns[layout.firstField...].map { ExactName($0.name) })
        for field in fields where names.contains(field.name) { paths[field.name] = field.path }
        let bound = self.layout(of: layout.columns)
        self.layout = bound
        return bound
    }

    private func loadLayout(over connection: Connection) throws -> TableLayout? {
        try connection.endCopy()
        guard let found = try TableCatalog(of: name, over: connection) else { return nil }
        catalog = found
        let keys = try config.keyFields.map { key in
            guard let column = found.columns.first(where: { ExactName($0.name) == key }) else {
                throw ConnectorError.configuration(
                    found.computed.contains(key)
                        ? "column \"\(key)\" of table \(name), which pk.fields names, takes no value, since PostgreSQL makes it"
                        : "table \(name) has no column \"\(key)\", which pk.fields names")
            }
            return column
        }
        let columns = keys + found.columns.filter { column in !keys.contains { $0.name == column.name } }
        layout = self.layout(of: columns)
        return layout
    }

    private func layout(of columns: [Column]) -> TableLayout {
        let keyCount = config.keyFields.count
        let firstField = config.keyMode == .recordValue ? 0 : keyCount
        let (paths, names) = config.flattenDelimiter == nil ? ([], nil) : paths(of: columns, firstField)
        return TableLayout(
            columns, of: [catalog?.names, names].compactMap(\.self), keyCount: keyCount, firstField: firstField,
            paths: paths, takesCopy: catalog?.takesCopy ?? true)
    }

    /// Where the fields of columns are, as far as records have shown; a key that is not in the value is where its name is.
    private func paths(of columns: [Column], _ firstField: Int) -> ([FieldPath?], FieldNames) {
        let known = columns.enumerated().map { place, column in
            place < firstField ? nil : paths[ExactName(column.name)]
        }
        let names = FieldNames(known.flatMap { $0 ?? [] }.map(\.description))
        var next = 0
        let found = columns.enumerated().map { place, column -> FieldPath? in
            if place < firstField { return FieldPath(names: [column.name]) }
            guard let path = known[place] else { return nil }
            defer { next += path.count }
            return FieldPath(names: path.indices.map { unsafe names[next + $0] })
        }
        return (found, names)
    }

    /// Changes the schema; a change that the server refuses for this record rejects it and leaves the rest alone.
    private func change(_ sql: String, over connection: Connection) throws -> TableLayout {
        try connection.endCopy()
        try connection.settle()
        do {
            try connection.run("SAVEPOINT sluice_change; \(sql); RELEASE SAVEPOINT sluice_change")
        } catch {
            if error.isUnknownType {
                throw ConnectorError.configuration(
                    "changing table \(name): \(error.message); correct the type in field.types", native: error.state)
            }
            guard error.refusesChange else { throw error }
            try connection.run("ROLLBACK TO SAVEPOINT sluice_change; RELEASE SAVEPOINT sluice_change")
            throw ConnectorError.rejected(
                "table \(name) cannot be changed for the record: \(error.message)", detail: error.detail,
                native: error.state)
        }
        isStaged = false
        guard let layout = try loadLayout(over: connection) else {
            throw ConnectorError.retriable("table \(name) was made and is gone again")
        }
        return layout
    }

    /// The columns of a new table: the key's, then the fields in their order.
    private func definition(for record: borrowing Record, _ fields: [Field]) throws -> String {
        var columns: [String] = []
        for (place, key) in config.keyFields.enumerated() {
            try checkIdentifier(key.description, "column")
            columns.append("\(key.sql) \(try keyType(place, key, of: record, fields))")
        }
        for field in fields where !config.keyFields.contains(field.name) {
            try checkIdentifier(field.name.description, "column")
            columns.append("\(field.name.sql) \(field.type.definition)")
        }
        if columns.isEmpty {
            throw ConnectorError.rejected(
                "table \(name) cannot be created for a record without a field that is not null")
        }
        if config.keyFields.isEmpty { return columns.joined(separator: ", ") }
        let keys = config.keyFields.map(\.sql).joined(separator: ", ")
        return (columns + ["PRIMARY KEY (\(keys))"]).joined(separator: ", ")
    }

    private func keyType(
        _ place: Int, _ key: ExactName, of record: borrowing Record, _ fields: [Field]
    ) throws -> String {
        let type: String? =
            switch config.keyMode {
            case .none: nil
            case .kafka where config.types[key] != nil: config.types[key]
            case .kafka: ["text", "integer", "bigint"][place]
            case .recordValue: fields.first { $0.name == key }?.type.sql
            case .recordKey where config.types[key] != nil: config.types[key]
            case .recordKey:
                record.key.kind == .object || config.keyFields.count > 1
                    ? ColumnType.inferred(from: record.key[FieldName(interning: key.description)])
                    : ColumnType.inferred(from: record.key)
            }
        guard let type else { throw ConnectorError.rejected("the primary key's field \(key) is missing or null") }
        return type
    }
}
