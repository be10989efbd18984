import ConnectorKit

/// The statements that read a table or query in order.
struct ReadPlan: Sendable {
    let target: ReadTarget
    let mode: ReadMode
    let timestamp: String?
    let incrementing: String?
    let delay: Duration
    let timeZone: String

    init(_ target: ReadTarget, _ config: SourceConfig) {
        self.target = target
        mode = config.mode
        timestamp = config.timestamp
        incrementing = config.incrementing
        delay = config.delay
        timeZone = config.timeZone
    }

    /// Begins a transaction in which values have the texts that ``ValueText`` knows.
    ///
    /// The settings are the transaction's, so that a pooler may give each transaction another session. A database of
    /// encoding SQL_ASCII may hold text that is not UTF-8, on which the server would fail; it is to come as it is.
    static let begin = """
        BEGIN TRANSACTION READ ONLY; SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO, YMD'; \
        SET LOCAL IntervalStyle TO 'iso_8601'; SET LOCAL extra_float_digits TO 1; SET LOCAL bytea_output TO 'hex'; \
        SELECT set_config('client_encoding', 'SQL_ASCII', true) WHERE current_setting('server_encoding') = 'SQL_ASCII'
        """

    /// Gives the columns and no row.
    var probe: String { "SELECT * FROM \(target.sql) AS q LIMIT 0" }

    /// The columns that order the rows, the more significant first; empty for `bulk`.
    var order: [String] { [timestamp, incrementing].compactMap(\.self) }

    /// Gives the rows behind a place in order.
    ///
    /// - Parameters:
    ///   - place: nil for all rows.
    ///   - type: The type of the timestamp column.
    ///   - literal: Puts a text into quotes.
    func query(
        after place: Place?, timestampType type: UInt32?, literal: (String) throws(ServerError) -> String
    ) throws(ServerError) -> String {
        let columns = order.map { "q." + quoted($0) }
        guard !columns.isEmpty else { return bulk }
        var conditions = columns.map { "\($0) IS NOT NULL" }
        if timestamp != nil { conditions.append("\(columns[0]) < \(try newest(type, literal))") }
        if let place {
            let reached = try [place.timestamp, place.incrementing].compactMap(\.self)
                .map { text throws(ServerError) in try literal(text) }
            conditions.append("(\(columns.joined(separator: ", "))) > (\(reached.joined(separator: ", ")))")
        }
        return "SELECT * FROM \(target.sql) AS q WHERE \(conditions.joined(separator: " AND ")) "
            + "ORDER BY \(columns.joined(separator: ", "))"
    }

    /// A query as it is, so that an order of its own counts.
    private var bulk: String {
        switch target {
        case .table(let name): "SELECT * FROM \(name.sql)"
        case .query(let query): query
        }
    }

    /// The moment before which rows are read; a day is read when it is over.
    private func newest(
        _ type: UInt32?, _ literal: (String) throws(ServerError) -> String
    ) throws(ServerError) -> String {
        let moment = "now() - interval '\(delay.milliseconds) milliseconds'"
        if type == TypeNumber.timestampWithZone { return "(\(moment))" }
        let local = "((\(moment)) AT TIME ZONE \(try literal(timeZone)))"
        return type == TypeNumber.date ? "\(local)::date" : local
    }
}
