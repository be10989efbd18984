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
        let columns = zip(layout.columns, shape).filter(\.1).map(\.0)
        let list = columns.map(\.sql).joined(separator: ", ")
        isStaged = operation == .delete || config.mode != .insert || !layout.takesCopy
        copy = "COPY \(isStaged ? stage : table.sql) (\(list)) FROM STDIN"
        guard isStaged else {
            statement = ""
            return
        }
        let merge = Merge(
            table: table.sql, stage: stage, keys: Array(columns.prefix(layout.keyCount)),
            others: Array(columns.dropFirst(layout.keyCount)), hidesEqualKeys: keyForm == .value)
        statement = merge.statement(operation, config.mode) + "TRUNCATE \(stage); "
    }
}

/// Statements that bring staged rows into their table.
private struct Merge {
    let table: String
    let stage: String
    let keys: [Column]
    let others: [Column]
    /// Whether staged rows of other texts may be of one key.
    let hidesEqualKeys: Bool

    func statement(_ operation: WritePlan.Operation, _ mode: InsertMode) -> String {
        if operation == .delete { return "DELETE FROM \(table) AS t USING \(stage) AS s WHERE \(sameKey); " }
        switch mode {
        case .insert: return insert + "; "
        case .insertIgnore: return insert + " ON CONFLICT DO NOTHING; "
        case .upsert: return guarding + insert + " ON CONFLICT (\(list(keys))) DO \(conflictAction); "
        case .update: return update.isEmpty ? "" : guarding + update
        }
    }

    /// Values that rows bring for an identity column count, as they do in a COPY.
    private var insert: String {
        let list = list(keys + others)
        return "INSERT INTO \(table) (\(list)) OVERRIDING SYSTEM VALUE SELECT \(list) FROM \(stage)"
    }

    /// What rows that are there take from staged ones.
    private var changing: [Column] { others.filter { !$0.isFixed } }

    private var conflictAction: String {
        if changing.isEmpty { return "NOTHING" }
        return "UPDATE SET " + changing.map { "\($0.sql) = EXCLUDED.\($0.sql)" }.joined(separator: ", ")
    }

    private var update: String {
        if changing.isEmpty { return "" }
        let assignments = changing.map { "\($0.sql) = s.\($0.sql)" }.joined(separator: ", ")
        return "UPDATE \(table) AS t SET \(assignments) FROM \(hidesEqualKeys ? newest : stage) AS s WHERE \(sameKey); "
    }

    /// Refuses rows that would change what PostgreSQL never changes, instead of passing over their values.
    private var guarding: String {
        let fixed = others.filter(\.isFixed)
        if fixed.isEmpty { return "" }
        let differs = fixed.map { "t.\($0.sql) IS DISTINCT FROM s.\($0.sql)" }.joined(separator: " OR ")
        let body = """
            BEGIN IF EXISTS (SELECT FROM \(table) AS t JOIN \(stage) AS s ON \(sameKey) WHERE \(differs)) THEN \
            RAISE EXCEPTION 'a row that is there has another value in a column GENERATED ALWAYS AS IDENTITY' \
            USING ERRCODE = '428C9'; END IF; END
            """
        return "DO \(enclosed(body, in: UInt8(ascii: "'"))); "
    }

    /// The last row of each key: the rows of a COPY stand in their order in a table of the same transaction.
    private var newest: String {
        let list = list(keys)
        return "(SELECT DISTINCT ON (\(list)) * FROM \(stage) ORDER BY \(list), ctid DESC)"
    }

    private var sameKey: String { keys.map { "t.\($0.sql) = s.\($0.sql)" }.joined(separator: " AND ") }

    private func list(_ columns: [Column]) -> String { columns.map(\.sql).joined(separator: ", ") }
}
