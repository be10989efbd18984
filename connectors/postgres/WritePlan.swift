import ConnectorKit

/// The SQL that writes rows of one kind.
struct WritePlan {
    enum Operation {
        case write
        case delete
    }

    let operation: Operation
    /// For each column of the table whether the rows give it; the key's come first.
    let shape: [Bool]
    /// The key's when the plan was made.
    let keyForm: KeyForm?
    /// Makes the staging table, up to the end of the transaction; ends in a semicolon.
    let staging: String
    /// The COPY that takes the rows.
    let copy: String
    /// What moves staged rows on; empty or ending in a semicolon.
    let statement: String
    /// Whether rows go to the staging table first.
    let isStaged: Bool

    init(
        _ operation: Operation, _ shape: [Bool], _ layout: TableLayout, table: TableName, stage: String,
        _ config: Config
    ) {
        self.operation = operation
        self.shape = shape
        keyForm = layout.keyForm
        let names = zip(layout.columns, shape).filter(\.1).map(\.0.sql)
        let keys = Array(names.prefix(layout.keyCount))
        let list = names.joined(separator: ", ")
        isStaged = operation == .delete || config.mode != .insert
        staging =
            "CREATE TEMP TABLE IF NOT EXISTS \(stage) ON COMMIT DROP AS SELECT * FROM \(table.sql) WITH NO DATA; "
        copy = "COPY \(isStaged ? stage : table.sql) (\(list)) FROM STDIN"
        guard isStaged else {
            statement = ""
            return
        }
        let merge = Merge(
            table: table.sql, stage: stage, keys: keys, others: Array(names.dropFirst(keys.count)),
            hidesEqualKeys: keyForm == .value)
        statement = merge.statement(operation, config.mode) + "TRUNCATE \(stage); "
    }
}

/// Statements that bring staged rows into their table.
private struct Merge {
    let table: String
    let stage: String
    let keys: [String]
    let others: [String]
    /// Whether staged rows of other texts may be of one key.
    let hidesEqualKeys: Bool

    func statement(_ operation: WritePlan.Operation, _ mode: InsertMode) -> String {
        if operation == .delete { return "DELETE FROM \(table) AS t USING \(stage) AS s WHERE \(sameKey); " }
        switch mode {
        case .insert, .insertIgnore: return insert + " ON CONFLICT DO NOTHING; "
        case .upsert: return insert + " ON CONFLICT (\(keys.joined(separator: ", "))) DO \(conflictAction); "
        case .update: return update
        }
    }

    private var insert: String {
        let list = (keys + others).joined(separator: ", ")
        return "INSERT INTO \(table) (\(list)) SELECT \(list) FROM \(stage)"
    }

    private var conflictAction: String {
        if others.isEmpty { return "NOTHING" }
        return "UPDATE SET " + others.map { "\($0) = EXCLUDED.\($0)" }.joined(separator: ", ")
    }

    private var update: String {
        if others.isEmpty { return "" }
        let assignments = others.map { "\($0) = s.\($0)" }.joined(separator: ", ")
        return "UPDATE \(table) AS t SET \(assignments) FROM \(hidesEqualKeys ? newest : stage) AS s WHERE \(sameKey); "
    }

    /// The last row of each key: the rows of a COPY stand in their order in a table of the same transaction.
    private var newest: String {
        let list = keys.joined(separator: ", ")
        return "(SELECT DISTINCT ON (\(list)) * FROM \(stage) ORDER BY \(list), ctid DESC)"
    }

    private var sameKey: String { keys.map { "t.\($0) = s.\($0)" }.joined(separator: " AND ") }
}
