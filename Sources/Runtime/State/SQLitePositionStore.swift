public import ConnectorKit
internal import Glibc
internal import Synchronization

/// Positions in one SQLite file: write-ahead log, synchronous FULL, held against a second worker.
public final class SQLitePositionStore: PositionStore {
    private struct Connection: ~Copyable {
        /// nil for a reader, which does not keep a worker from the file.
        let lock: StateLock?
        let database: SQLiteDatabase
        /// Commits made since it was opened, of one task or of many together.
        var commitCount = 0
    }

    private final class SharedConnection: Sendable {
        private let connection: Mutex<Connection>

        init(_ connection: consuming sending Connection) { self.connection = Mutex(connection) }

        func withLock<Result>(
            _ body: (inout sending Connection) throws(StateError) -> sending Result
        ) throws(StateError) -> sending Result {
            try connection.withLock(body)
        }
    }

    /// Commits made since the file was opened: fewer than calls of ``commit(_:of:)`` where several were due at a time.
    var commitCount: Int { (try? connection.withLock { $0.commitCount }) ?? 0 }

    private let connection: SharedConnection
    private let commits: GroupCommit
    /// Names the worker that this file belongs to; empty when it is open for looking only.
    public let workerID: String

    /// Opens the file, making it when it is missing; the folder must exist.
    ///
    /// A file that is damaged is reported and left alone, never emptied.
    public init(path: String) throws(StateError) {
        let lock = try StateLock(for: path)
        let database = try SQLiteDatabase(path: path)
        workerID = try Self.prepare(database, path: path)
        connection = SharedConnection(Connection(lock: lock, database: database))
        commits = Self.commits(through: connection)
    }

    private static func commits(through connection: SharedConnection) -> GroupCommit {
        GroupCommit { requests throws(StateError) in
            try connection.withLock { connection throws(StateError) in
                connection.commitCount += 1
                try Self.transaction(connection.database) { database throws(StateError) in
                    let writer = try PositionWriter(database)
                    for request in requests {
                        for position in request.positions { try writer.write(position, of: request.pipeline) }
                    }
                }
            }
        }
    }

    /// Opens an existing file for looking only, also while a worker holds it; committing and resetting fail.
    public init(reading path: String) throws(StateError) {
        let database = try SQLiteDatabase(path: path, isReadOnly: true)
        try StateFormat.check(database, path: path)
        workerID = ""
        connection = SharedConnection(Connection(lock: nil, database: database))
        commits = Self.commits(through: connection)
    }

    /// Makes what is missing, and gives the worker's name.
    private static func prepare(_ database: borrowing SQLiteDatabase, path: String) throws(StateError) -> String {
        let check = try database.rows("PRAGMA quick_check(1)")
        if check != [["ok"]] { throw SQLiteDatabase.damaged(path, check.first?.first ?? "no answer") }
        try StateFormat.check(database, path: path)
        try database.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS sluice (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
            CREATE TABLE IF NOT EXISTS positions (
                pipeline TEXT NOT NULL, partition TEXT NOT NULL, offset TEXT NOT NULL, updated TEXT NOT NULL,
                PRIMARY KEY (pipeline, partition)) STRICT;
            CREATE TABLE IF NOT EXISTS forgotten (
                pipeline TEXT NOT NULL, partition TEXT NOT NULL, PRIMARY KEY (pipeline, partition)) STRICT;
            """)
        _ = try database.rows("INSERT OR IGNORE INTO sluice VALUES ('format', ?)", [StateFormat.version])
        _ = try database.rows("INSERT OR REPLACE INTO sluice VALUES ('pid', ?)", ["\(getpid())"])
        let drawn = String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try database.rows("INSERT OR IGNORE INTO sluice VALUES ('worker', ?)", [drawn])
        return try database.rows("SELECT value FROM sluice WHERE name = 'worker'")[0][0]
    }

    /// The stored positions of a pipeline, one for each partition.
    public func positions(of pipeline: String) throws(StateError) -> [Position] {
        let rows = try connection.withLock { connection throws(StateError) in
            try connection.database.rows(
                "SELECT partition, offset FROM positions WHERE pipeline = ? ORDER BY partition", [pipeline])
        }
        var positions: [Position] = []
        for row in rows {
            guard let partition = PositionFields(json: row[0]), let offset = PositionFields(json: row[1]) else {
                throw Self.unreadable(row[0], of: pipeline)
            }
            positions.append(Position(partition: partition, offset: offset))
        }
        return positions
    }

    private static func unreadable(_ partition: String, of pipeline: String) -> StateError {
        StateError(
            kind: .corrupted,
            message: "the stored position \(partition) of pipeline \(pipeline) is no flat JSON object; "
                + "forget it with: sluice offsets reset \(pipeline)")
    }

    /// Makes positions durable, in one transaction with those of all tasks that commit at the time.
    public func commit(_ positions: [Position], of pipeline: String) throws(StateError) {
        try commits.commit(GroupCommit.Request(positions: positions, pipeline: pipeline))
    }

    /// Makes durable what sinks had stored, except for partitions whose position is not the one in `known` any more.
    public func learn(
        _ positions: [Position], of pipeline: String, unlessChangedSince known: [Position]
    ) throws(StateError) {
        let known = Dictionary(known.map { ($0.partition, $0.offset) }, uniquingKeysWith: { $1 })
        try connection.withLock { connection throws(StateError) in
            try Self.transaction(connection.database) { database throws(StateError) in
                let writer = try PositionWriter(database)
                for position in positions {
                    let row = try database.rows(
                        "SELECT offset FROM positions WHERE pipeline = ? AND partition = ?",
                        [pipeline, position.partition.json])
                    let offset = row.first?.first.flatMap(PositionFields.init(json:))
                    if offset == known[position.partition] { try writer.write(position, of: pipeline) }
                }
            }
        }
    }

    /// When a pipeline last got further (UTC, `2026-11-21T14:03:09.120Z`); nil when it has no position.
    public func lastCommit(of pipeline: String) throws(StateError) -> String? {
        try connection.withLock { connection throws(StateError) in
            try connection.database.rows(
                "SELECT updated FROM positions WHERE pipeline = ? ORDER BY updated DESC LIMIT 1", [pipeline])
        }
        .first?.first
    }

    private static func transaction<Result>(
        _ database: borrowing SQLiteDatabase, _ body: (borrowing SQLiteDatabase) throws(StateError) -> Result
    ) throws(StateError) -> Result {
        try database.execute("BEGIN IMMEDIATE")
        do throws(StateError) {
            let result = try body(database)
            try database.execute("COMMIT")
            return result
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    /// Every pipeline that has positions, in name order.
    public func pipelines() throws(StateError) -> [String] {
        try connection.withLock { connection throws(StateError) in
            try connection.database.rows("SELECT DISTINCT pipeline FROM positions ORDER BY pipeline").map { $0[0] }
        }
    }

    /// Forgets the positions of a pipeline, or of one partition of it.
    public func reset(_ pipeline: String, partition: PositionFields?) throws(StateError) -> Int {
        try connection.withLock { connection throws(StateError) in
            try Self.transaction(connection.database) { database throws(StateError) in
                let filter = "FROM positions WHERE pipeline = ?" + (partition == nil ? "" : " AND partition = ?")
                let values = [pipeline] + (partition.map { [$0.json] } ?? [])
                _ = try database.rows("INSERT OR IGNORE INTO forgotten SELECT pipeline, partition " + filter, values)
                _ = try database.rows("DELETE " + filter, values)
                return database.changes
            }
        }
    }

    /// The partitions of a pipeline whose positions were forgotten, and not committed since.
    public func forgotten(of pipeline: String) throws(StateError) -> Set<PositionFields> {
        let rows = try connection.withLock { connection throws(StateError) in
            try connection.database.rows("SELECT partition FROM forgotten WHERE pipeline = ?", [pipeline])
        }
        var partitions: Set<PositionFields> = []
        for row in rows {
            guard let partition = PositionFields(json: row[0]) else { throw Self.unreadable(row[0], of: pipeline) }
            partitions.insert(partition)
        }
        return partitions
    }
}
