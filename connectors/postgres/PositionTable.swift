import ConnectorKit

/// The table `sluice_positions`, which keeps how far a sink's rows reach, in the transaction of those rows.
struct PositionTable: Sendable {
    let pipeline: String
    let sink: String
    let task: TaskSlot

    private static let creation = """
        CREATE TABLE IF NOT EXISTS sluice_positions (pipeline text, sink text, task int NOT NULL, "partition" text, \
        "position" text NOT NULL, PRIMARY KEY (pipeline, sink, "partition"))
        """
    private static let upsert = """
        INSERT INTO sluice_positions (pipeline, sink, task, "partition", "position") VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (pipeline, sink, "partition") DO UPDATE SET task = EXCLUDED.task, "position" = EXCLUDED."position"
        """

    /// Waits until no other session writes for this task, such as one that a killed worker left behind.
    ///
    /// The lock is the session's, so it holds until the connection ends.
    func lock(over connection: Connection) throws(ServerError) {
        do throws(ServerError) {
            try connection.run("SELECT pg_advisory_lock(hashtextextended($1, 0))", [lockName])
        } catch {
            guard error.state == "55P03" else { throw error }
            throw ServerError(held: lockName, by: try connection.run(Self.holder, [lockName]).first?[0])
        }
    }

    private static let holder = """
        SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
        AND classid::bigint << 32 | objid::bigint = hashtextextended($1, 0)
        """

    /// What is stored, the table made if need be.
    func load(over connection: Connection) throws(ServerError) -> [Position] {
        try createIfMissing(over: connection)
        let rows = try connection.run(
            "SELECT \"partition\", \"position\" FROM sluice_positions WHERE pipeline = $1 AND sink = $2",
            [pipeline, sink])
        return rows.compactMap { row in
            guard let partition = row[0].flatMap(PositionFields.init(json:)),
                let offset = row[1].flatMap(PositionFields.init(json:))
            else { return nil }
            return Position(partition: partition, offset: offset)
        }
    }

    /// Puts positions in the place of this task's earlier ones, in the open transaction.
    ///
    /// What tasks stored that are no more goes too: this one was given it at its start, and then the worker has committed
    /// it for all tasks.
    func replace(with positions: [PositionFields: PositionFields], over connection: Connection) throws(ServerError) {
        try connection.run(
            "DELETE FROM sluice_positions WHERE pipeline = $1 AND sink = $2 AND (task = $3 OR task >= $4)",
            [pipeline, sink, String(task.index), String(task.count)])
        for (partition, offset) in positions {
            try connection.run(Self.upsert, [pipeline, sink, String(task.index), partition.json, offset.json])
        }
    }

    private func createIfMissing(over connection: Connection) throws(ServerError) {
        if try exists(over: connection) { return }
        do {
            try connection.run(Self.creation)
        } catch {
            // Another task may have made it at the same moment.
            if try !exists(over: connection) { throw error }
        }
    }

    private func exists(over connection: Connection) throws(ServerError) -> Bool {
        try connection.run("SELECT to_regclass('sluice_positions')")[0][0] != nil
    }

    private var lockName: String { "sluice \(pipeline.jsonQuoted) \(sink.jsonQuoted) \(task.index)" }
}
