import ConnectorKit

/// The table of positions, which keeps how far a sink's rows reach, in the transaction of those rows.
struct PositionTable: Sendable {
    let name: TableName
    let pipeline: String
    let sink: String
    let task: TaskSlot

    /// A row.
    struct Row {
        let stored: OwnedPositions.Stored
        /// The task that wrote it last.
        let task: Int
    }

    private var creation: String {
        """
        CREATE TABLE IF NOT EXISTS \(name.sql) (pipeline text, sink text, task int NOT NULL, "partition" text, \
        "position" text, epoch bigint NOT NULL DEFAULT 1, owner text, PRIMARY KEY (pipeline, sink, "partition"))
        """
    }
    /// For a table that a version without epochs made.
    private var upgrade: String {
        """
        ALTER TABLE \(name.sql) ALTER "position" DROP NOT NULL, \
        ADD COLUMN IF NOT EXISTS epoch bigint NOT NULL DEFAULT 1, ADD COLUMN IF NOT EXISTS owner text
        """
    }
    private static let isThere = """
        SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) \
        AND attname IN ('partition', 'owner') AND NOT attisdropped
        """

    /// Makes the table, or its newer columns, if need be.
    func prepare(over connection: Connection) throws(ServerError) {
        let columns = try connection.run(Self.isThere, [name.sql])[0][0]
        if columns == "2" { return }
        do {
            try connection.run(columns == "0" ? creation : upgrade)
        } catch {
            // Another task may have made it at the same moment.
            guard let found = try? connection.run(Self.isThere, [name.sql]), found[0][0] == "2" else { throw error }
        }
    }

    /// A refusal to use the table, with what to do about it.
    func advised(_ error: ServerError, over connection: Connection) -> ServerError {
        guard error.state == "42501" || error.state == "3F000" else { return error }
        return error.advising(
            """
            the sink keeps its positions in the table \(name); have somebody who may run: \(creation); GRANT SELECT, \
            INSERT, UPDATE ON \(name.sql) TO \(quoted(connection.user)); or name another place with positions.table, or do \
            without, so that rows may come twice, with exactly.once.support disabled
            """)
    }

    /// What is stored for all tasks, partitions without a position among them.
    func load(over connection: Connection) throws -> [Row] {
        try connection.run(
            "SELECT \"partition\", \"position\", epoch, task FROM \(name.sql) WHERE pipeline = $1 AND sink = $2",
            [pipeline, sink]
        )
        .map { Row(stored: try stored($0), task: Int($0[3] ?? "") ?? 0) }
    }

    /// The owners of partitions, without `owner`.
    func otherOwners(
        of partitions: [PositionFields], than owner: String, over connection: Connection
    ) throws(ServerError) -> [String] {
        try connection.run(
            """
            SELECT DISTINCT owner FROM \(name.sql) WHERE pipeline = $1 AND sink = $2 AND owner <> $3 \
            AND "partition" IN (SELECT json_array_elements_text($4::json))
            """, [pipeline, sink, owner, Self.list(partitions)]
        )
        .compactMap { $0[0] }
    }

    /// Makes partitions this owner's, all or none, in a transaction of its own, and gives what is stored of them.
    ///
    /// - Parameter oldName: What `pipeline` was in versions that did not claim partitions: what they stored counts until
    ///   something is stored here.
    func claim(
        _ partitions: [PositionFields], for owner: String, oldName: String, over connection: Connection
    ) throws -> [OwnedPositions.Stored] {
        // Rows are locked in one order by everybody, so that no two tasks can wait for each other.
        try connection.run(
            """
            INSERT INTO \(name.sql) AS p (pipeline, sink, task, "partition", owner) \
            SELECT $1, $2, $3::int, name, $4 FROM json_array_elements_text($5::json) AS given (name) ORDER BY name \
            ON CONFLICT (pipeline, sink, "partition") DO UPDATE \
            SET task = EXCLUDED.task, owner = EXCLUDED.owner, epoch = p.epoch + 1 \
            RETURNING "partition", coalesce("position", (SELECT old."position" FROM \(name.sql) AS old \
            WHERE old.pipeline = $6 AND old.sink = $2 AND old."partition" = p."partition")), epoch
            """, [pipeline, sink, String(task.index), owner, Self.list(partitions), oldName]
        )
        .map(stored)
    }

    /// Stores changes in the open transaction, where the epoch is as expected.
    ///
    /// - Returns: A partition whose epoch is not as expected: nothing of the transaction may be committed.
    func store(
        _ changes: [OwnedPositions.Change], for owner: String, over connection: Connection
    ) throws(ServerError) -> PositionFields? {
        let rows = try connection.run(
            """
            INSERT INTO \(name.sql) AS p (pipeline, sink, task, "partition", "position", epoch, owner) \
            SELECT $1, $2, $3::int, "partition", "position", epoch, $4 \
            FROM json_to_recordset($5::json) AS given ("partition" text, "position" text, epoch bigint) \
            ORDER BY "partition" ON CONFLICT (pipeline, sink, "partition") DO UPDATE \
            SET task = EXCLUDED.task, "position" = EXCLUDED."position", epoch = EXCLUDED.epoch, owner = EXCLUDED.owner \
            WHERE p.epoch = EXCLUDED.epoch - CASE WHEN EXCLUDED."position" IS NULL THEN 0 ELSE 1 END \
            RETURNING "partition", xmax = 0
            """, [pipeline, sink, String(task.index), owner, Self.list(changes)])
        let isNew = Dictionary(rows.map { ($0[0] ?? "", $0[1] == "t") }, uniquingKeysWith: { $1 })
        return changes.first { $0.offset != nil && isNew[$0.partition.json] != ($0.expected == 0) }?.partition
    }

    private func stored(_ row: [String?]) throws(ConnectorError) -> OwnedPositions.Stored {
        try OwnedPositions.Stored(
            partition: row[0] ?? "", offset: row[1], epoch: Int64(row[2] ?? "") ?? 0,
            in: "the table \(name) for pipeline \(pipeline.jsonQuoted) and sink \(sink.jsonQuoted)")
    }

    private static func list(_ partitions: [PositionFields]) -> String {
        "[" + Set(partitions).map(\.json.jsonQuoted).joined(separator: ",") + "]"
    }

    private static func list(_ changes: [OwnedPositions.Change]) -> String {
        let rows = changes.map { change in
            let position = change.offset?.json.jsonQuoted ?? "null"
            let partition = change.partition.json.jsonQuoted
            return #"{"partition":\#(partition),"position":\#(position),"epoch":\#(change.epoch)}"#
        }
        return "[" + rows.joined(separator: ",") + "]"
    }
}
