import ConnectorKit

/// Settings of the `postgres` source.
struct SourceConfig: Sendable {
    static let mode = Setting.enumeration(
        "mode", ReadMode.self,
        "What says which rows are new: `incrementing` a column that only grows, for rows that are never changed; "
            + "`timestamp` a column with the time of the last change; `timestamp+incrementing` both, the latter telling rows "
            + "of one time apart; `bulk` nothing, everything is read once."
    ).example("timestamp+incrementing").group("What to read")
    static let tables = Setting.list(
        "table.whitelist",
        "Tables or views to read, as `table` or `schema.table`, a name that holds a dot in double quotes; excludes `query`."
    ).defaulting(to: []).example("public.orders,public.users").group("What to read")
        .checked { $0.lazy.compactMap(Self.fault(inTable:)).first }
    static let query = Setting.string(
        "query", "A SELECT to read the rows of, with any joins and conditions; excludes `table.whitelist`."
    ).optional.example("SELECT o.*, u.name FROM orders o JOIN users u ON u.id = o.user_id").group("What to read")
        .checked { $0.map { QueryText.trimmed($0).isEmpty } == true ? "query is empty; expected a SELECT" : nil }
    static let incrementing = Setting.string(
        "incrementing.column.name", "The column of `incrementing`: unique, never null, greater in each new row."
    ).optional.example("id").group("What to read")
    static let timestamp = Setting.string(
        "timestamp.column.name",
        "The column of `timestamp`, of type timestamptz, timestamp or date; rows where it is null are never read."
    ).optional.example("updated_at").group("What to read")
    static let delay = Setting.duration(
        "timestamp.delay.interval.ms",
        "Rows are read when their timestamp is older than this by the server's clock. It must be longer than any "
            + "transaction that writes rows: a row that is committed later than this after its timestamp may be passed over."
    ).defaulting(to: .seconds(1)).group("Polling")
    static let timeZone = Setting.string(
        "db.timezone", "The time zone that a `timestamp.column.name` without one is in, by its PostgreSQL name."
    ).defaulting(to: "UTC").group("Polling")
    static let pollInterval = Setting.duration(
        "poll.interval.ms", in: .milliseconds(1)...Duration.seconds(86_400),
        "Pause before a table or query is looked at again."
    ).defaulting(to: .seconds(5)).group("Polling")
    static let follow = Setting.bool(
        "follow", "Whether to look for new rows again and again instead of ending; `bulk` ends in any case."
    ).defaulting(to: true).group("Polling")
    static let batchRows = Setting.int(
        "batch.max.rows", in: 1...BatchLimit.records,
        "The most rows of a batch; rows of one timestamp stay together even so."
    ).defaulting(to: BatchLimit.records).group("Polling")
    static let topicPrefix = Setting.string(
        "topic.prefix",
        "What stands before the table's name in the topic; the whole topic of a `query`, none when empty."
    ).defaulting(to: "").example("db.").group("Records")
    static let keys = Setting.list(
        "key.fields",
        "Columns that make up the record's key: the value of a sole one, else an object; empty for no key."
    ).defaulting(to: []).example("id").group("Records")

    static let definition = ConfigDefinition(
        [
            mode, tables, query, incrementing, timestamp, topicPrefix, keys, pollInterval, follow, batchRows, delay,
            timeZone,
        ]
            + ConnectionConfig.settings,
        rules: [
            ConnectionConfig.rule,
            { values in
                guard values[tables].isEmpty == (values[query] != nil) else {
                    return ("table.whitelist", "one of table.whitelist and query is needed, and not both")
                }
                return nil
            },
            { Self.fault(in: $0, incrementing, where: \.usesIncrementing) },
            { Self.fault(in: $0, timestamp, where: \.usesTimestamp) },
        ])

    let connection: ConnectionSettings
    let mode: ReadMode
    let targets: [ReadTarget]
    let incrementing: String?
    let timestamp: String?
    let delay: Duration
    let timeZone: String
    let pollInterval: Duration
    let follow: Bool
    let batchRows: Int
    let topicPrefix: String
    let keys: [String]

    init(_ values: ConfigValues) {
        connection = ConnectionSettings(values)
        mode = values[Self.mode]
        targets =
            values[Self.query].map { [.query(QueryText.trimmed($0))] }
            ?? values[Self.tables].compactMap { TableName(written: $0).map(ReadTarget.table) }
        incrementing = values[Self.incrementing]
        timestamp = values[Self.timestamp]
        delay = values[Self.delay]
        timeZone = values[Self.timeZone]
        pollInterval = values[Self.pollInterval]
        follow = values[Self.follow]
        batchRows = values[Self.batchRows]
        topicPrefix = values[Self.topicPrefix]
        keys = values[Self.keys]
    }

    private static func fault(inTable name: String) -> String? {
        TableName(written: name) == nil
            ? "table.whitelist holds \"\(name.prefix(60))\"; expected \(TableName.form)" : nil
    }

    private static func fault(
        in values: ConfigValues, _ column: Setting<String?>, where uses: (ReadMode) -> Bool
    ) -> (setting: String, message: String)? {
        let name = column.declaration.name
        let mode = values[mode]
        switch (uses(mode), values[column] != nil) {
        case (true, false): return (name, "mode \(mode.rawValue) needs \(name)")
        case (false, true): return (name, "mode \(mode.rawValue) does not use \(name); remove it or change the mode")
        default: return nil
        }
    }
}

/// What says which rows are new.
enum ReadMode: String, Sendable, CaseIterable {
    case incrementing
    case timestamp
    case both = "timestamp+incrementing"
    case bulk

    var usesIncrementing: Bool { self == .incrementing || self == .both }
    var usesTimestamp: Bool { self == .timestamp || self == .both }
}

/// What is read.
enum ReadTarget: Sendable, Hashable, CustomStringConvertible {
    case table(TableName)
    case query(String)

    /// What stands behind FROM.
    var sql: String {
        switch self {
        case .table(let name): name.sql
        // A line break ends a comment at the query's end.
        case .query(let query): "(\(query)\n)"
        }
    }

    /// The partition of its positions; that of a query stays when the query is changed.
    var partition: PositionFields {
        switch self {
        case .table(let name): ["table": .string(name.description)]
        case .query: ["query": "query"]
        }
    }

    /// The name for messages.
    var description: String {
        switch self {
        case .table(let name): "table \(name)"
        case .query: "the query"
        }
    }
}
