import ConnectorKit

/// An advisory lock by which the sessions of a sink's task are known to others; it holds until the connection ends.
struct SessionLock: Sendable {
    let name: String
    /// Whether several sessions may have it.
    let isShared: Bool

    /// Keeps a second writer of the same task out.
    init(pipeline: String, sink: String, task: Int) {
        name = "sluice \(pipeline.jsonQuoted) \(sink.jsonQuoted) \(task)"
        isShared = false
    }

    /// Names one life of a task that claims its partitions, and keeps nobody out.
    init(owner: String) {
        name = "sluice \(owner)"
        isShared = true
    }

    /// Takes the lock, waiting for a session that has it, such as one that a killed worker left behind.
    func take(over connection: Connection) throws(ServerError) {
        do throws(ServerError) {
            let function = isShared ? "pg_advisory_lock_shared" : "pg_advisory_lock"
            try connection.run("SELECT \(function)(hashtextextended($1, 0))", [name])
        } catch {
            guard error.state == "55P03" else { throw error }
            let holder = try connection.run("SELECT pid FROM (\(Self.holders)) AS holders", [Self.list([name])])
            throw ServerError(held: name, by: holder.first?[0])
        }
        try connection.run(Self.limit)
    }

    /// Ends a transaction whose worker stands still, as the last bound where no other worker does: later than the longest
    /// `offset.flush.interval.ms`.
    private static let limit = """
        SELECT set_config(name, '4000s', false) FROM pg_settings \
        WHERE name = 'idle_in_transaction_session_timeout' AND source = 'default'
        """

    private static let holders = """
        SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
        AND classid::bigint << 32 | objid::bigint IN \
        (SELECT hashtextextended(name, 0) FROM json_array_elements_text($1::json) AS names (name))
        """

    /// Ends the sessions of `owners` that are in the middle of storing positions in a table.
    ///
    /// - Returns: The process ids of those that ended.
    static func endStoring(
        _ owners: [String], in table: TableName, over connection: Connection
    ) throws(ServerError) -> [String] {
        let name = enclosed(table.sql, in: UInt8(ascii: "'"))
        return try end(
            owners, over: connection,
            """
            EXISTS (SELECT FROM pg_locks WHERE pid = a.pid AND relation = to_regclass(\(name)) \
            AND mode = 'RowExclusiveLock')
            """)
    }

    /// Ends the sessions of `owners` whose worker has been silent in a transaction for as long as a lock is waited for.
    static func endSilent(_ owners: [String], over connection: Connection) throws(ServerError) -> [String] {
        try end(
            owners, over: connection,
            """
            wait_event = 'ClientRead' AND state_change < clock_timestamp() - interval '1 ms' * \
            (SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout')
            """)
    }

    private static func end(
        _ owners: [String], over connection: Connection, _ condition: String
    ) throws(ServerError) -> [String] {
        try connection.run(
            """
            WITH found AS MATERIALIZED (SELECT pid FROM pg_stat_activity AS a WHERE xact_start IS NOT NULL \
            AND pid <> pg_backend_pid() AND pid IN (\(holders)) AND \(condition)) \
            SELECT pid, pg_terminate_backend(pid) FROM found
            """, [list(owners.map { SessionLock(owner: $0).name })]
        )
        .compactMap { $0[0] }
    }

    private static func list(_ names: [String]) -> String {
        "[" + names.map(\.jsonQuoted).joined(separator: ",") + "]"
    }
}
