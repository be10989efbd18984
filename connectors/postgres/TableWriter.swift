import ConnectorKit

/// Writes the records of one table: encodes them as rows, and sends rows of one kind together.
///
/// Rows of a kind name the same columns, so that an absent field neither overwrites a column nor hides its default.
final class TableWriter {
    let name: TableName
    let config: Config
    let stage: String
    private var encoder = RowEncoder()
    private var rows: [Row] = []
    private var rowShape: [Bool] = []
    private var plan: WritePlan?
    private var keyTable = KeyTable()
    /// nil until looked up.
    var columns: [Column]?
    /// Whether the staging table is there.
    var isStaged = false

    init(_ name: TableName, _ config: Config, number: Int) {
        self.name = name
        self.config = config
        stage = "pg_temp.sluice_stage_\(number)"
    }

    /// Forgets what a rollback or the end of a transaction may have made untrue.
    func forget(columnsToo: Bool) {
        isStaged = false
        if columnsToo { columns = nil }
        discardRows()
    }

    /// Takes a record; rows that do not go together with it are written first.
    func add(
        _ record: borrowing Record, over connection: Connection, _ report: inout PutReport
    ) throws {
        do {
            try prepare(record, over: connection, &report)
            let columns = columns ?? []
            if record.isTombstone { return try addDeletion(record, columns, connection, &report) }
            if let row = try encode(record, columns, isStrict: true) {
                return try take(row, .write, columns, connection, &report)
            }
            try evolve(for: record, over: connection)
            let evolved = self.columns ?? []
            if let row = try encode(record, evolved, isStrict: false) {
                try take(row, .write, evolved, connection, &report)
            }
        } catch let error as ConnectorError where error.kind == .rejected {
            report.reject(record.index, error)
        }
    }

    /// Writes the rows that wait.
    func finish(over connection: Connection, _ report: inout PutReport) throws {
        try writeRows(over: connection, &report)
        discardRows()
    }

    private func discardRows() {
        rows.removeAll(keepingCapacity: true)
        encoder.removeAll()
        plan = nil
    }

    private func prepare(
        _ record: borrowing Record, over connection: Connection, _ report: inout PutReport
    ) throws {
        guard record.isTombstone ? config.deletes : record.value.kind == .object else {
            throw ConnectorError.rejected(
                record.isTombstone
                    ? "the record is a tombstone, and delete.enabled is false"
                    : "the value is no object, so it has no columns")
        }
        if columns == nil { try lookUp(for: record, over: connection) }
    }
}

extension TableWriter {
    /// Encodes a record; nil when `isStrict` and the table has no place for all of it yet.
    private func encode(
        _ record: borrowing Record, _ columns: [Column], isStrict: Bool
    ) throws(ConnectorError) -> Row? {
        let start = encoder.count
        var keyEnd = start
        var found = 0
        rowShape.removeAll(keepingCapacity: true)
        for (place, column) in columns.enumerated() {
            let value = record[column.name]
            if value.exists { found += 1 }
            if place < config.keyFields.count {
                try encodeKey(of: record, column, isFirst: place == 0)
                keyEnd = encoder.count
            } else if !value.exists && (config.keepsAbsent || column.hasDefault) {
                rowShape.append(false)
            } else {
                if isStrict && config.evolves && ColumnType.widened(column.type, for: value) != nil { return nil }
                if encoder.count > start { encoder.separate() }
                try encoder.write(value, for: column)
                rowShape.append(true)
            }
        }
        encoder.endRow()
        if isStrict && found != record.value.count && Self.needsColumn(record, columns) { return nil }
        guard rowShape.contains(true) else {
            throw .rejected("the record has none of the columns of table \(name)")
        }
        return Row(bytes: start..<encoder.count, keyEnd: keyEnd, record: record.index)
    }

    /// Whether a field that is not null has no column.
    private static func needsColumn(_ record: borrowing Record, _ columns: [Column]) -> Bool {
        var result = false
        record.value.forEachMember { name, value in
            if !value.isNull && !columns.contains(where: { name.equals($0.name) }) { result = true }
        }
        return result
    }

    private func encodeKey(of record: borrowing Record, _ column: Column, isFirst: Bool) throws(ConnectorError) {
        if !isFirst { encoder.separate() }
        try config.withKey(column.name, of: record) { value throws(ConnectorError) in
            guard value.exists, !value.isNull else {
                throw .rejected("the primary key's field \(column.name) is missing or null")
            }
            try encoder.write(value, for: column)
        }
        rowShape.append(true)
    }

    private func addDeletion(
        _ record: borrowing Record, _ columns: [Column], _ connection: Connection, _ report: inout PutReport
    ) throws {
        let start = encoder.count
        rowShape.removeAll(keepingCapacity: true)
        for place in 0..<config.keyFields.count { try encodeKey(of: record, columns[place], isFirst: place == 0) }
        let keyEnd = encoder.count
        encoder.endRow()
        let row = Row(bytes: start..<encoder.count, keyEnd: keyEnd, record: record.index)
        try take(row, .delete, columns, connection, &report)
    }

    /// Keeps an encoded row, after those of another kind are written.
    private func take(
        _ row: Row, _ operation: WritePlan.Operation, _ columns: [Column], _ connection: Connection,
        _ report: inout PutReport
    ) throws {
        if plan?.operation != operation || plan?.shape != rowShape {
            try writeRows(over: connection, &report)
            plan = WritePlan(operation, rowShape, columns, table: name, stage: stage, config)
        }
        rows.append(row)
    }

    private func writeRows(over connection: Connection, _ report: inout PutReport) throws {
        guard let plan, !rows.isEmpty else { return }
        defer { rows.removeAll(keepingCapacity: true) }
        try write(rows[...], plan, connection, &report)
    }

    /// Writes rows; of those that the server refuses it finds the bad ones by halving.
    private func write(
        _ rows: ArraySlice<Row>, _ plan: WritePlan, _ connection: Connection, _ report: inout PutReport
    ) throws {
        do {
            try send(rows, plan, connection)
        } catch {
            guard error.meaning == .badRow else { throw error }
            try connection.run("ROLLBACK TO SAVEPOINT sluice_rows; RELEASE SAVEPOINT sluice_rows")
            isStaged = false
            if rows.count == 1 {
                report.reject(rows[rows.startIndex].record, error.connectorError("table \(name) refuses the row"))
                return
            }
            let middle = rows.startIndex + rows.count / 2
            try write(rows[..<middle], plan, connection, &report)
            try write(rows[middle...], plan, connection, &report)
        }
    }

    private func send(_ rows: ArraySlice<Row>, _ plan: WritePlan, _ connection: Connection) throws(ServerError) {
        var superseded: [Bool] = []
        if plan.needsUniqueKeys { superseded = unsafe encoder.withBytes { unsafe keyTable.superseded(rows, in: $0) } }
        let staging = plan.isStaged && !isStaged ? plan.staging : ""
        try connection.copy("SAVEPOINT sluice_rows; \(staging)\(plan.copy)") { stream throws(ServerError) in
            var run = 0..<0
            for (place, row) in rows.enumerated() where superseded.isEmpty || !superseded[place] {
                if row.bytes.lowerBound != run.upperBound {
                    try encoder.send(run, to: stream)
                    run = row.bytes
                } else {
                    run = run.lowerBound..<row.bytes.upperBound
                }
            }
            try encoder.send(run, to: stream)
        }
        isStaged = isStaged || plan.isStaged
        try connection.run(plan.statement + "RELEASE SAVEPOINT sluice_rows")
    }
}
