import ConnectorKit

/// Writes the records of one table: encodes them as rows, and sends rows of one plan together.
///
/// Rows of a plan name the same columns, so that an absent field neither overwrites a column nor hides its default.
final class TableWriter {
    /// What is encoded before the server gets it, so that it works while the next rows are encoded.
    private static let chunk = 1 << 15

    let name: TableName
    let config: Config
    let stage: String
    /// Whether rows that the server refuses are looked for one by one; else the whole call is taken back.
    var isCareful = false
    private var queue: RowQueue
    /// The rows from the first on that went into an open COPY already, and its number.
    private var streamed = 0
    private var stream: Int?
    /// The bytes that had been encoded when rows were last offered.
    private var offered = 0
    /// The sole plan of the call before, likely that of the next.
    private var expected: WritePlan?
    /// nil until looked up.
    var layout: TableLayout? {
        didSet { if let layout { queue.encoder.expect(layout) } }
    }
    /// What ``layout`` was made of.
    var catalog: TableCatalog?
    /// Where the fields of columns were seen, when objects are flattened.
    var paths: [ExactName: [ExactName]] = [:]
    /// Whether the staging table is there.
    var isStaged = false

    init(_ name: TableName, _ config: Config, number: Int) {
        self.name = name
        self.config = config
        stage = "pg_temp.sluice_stage_\(number)"
        queue = RowQueue(config.encoding)
    }

    /// Forgets what a rollback or the end of a transaction may have made untrue.
    func forget(layoutToo: Bool) {
        isStaged = false
        discardRows()
        if layoutToo {
            layout = nil
            expected = nil
        }
    }

    /// Begins the COPY that the rows to come will most likely go into, so that the server prepares it meanwhile.
    func expectRows(over connection: Connection) throws(ServerError) {
        guard let expected, !expected.isStaged else { return }
        queue.plans = [expected]
        try beginStream(over: connection)
    }

    /// Takes the record at `index` and those behind it that are of this table too.
    ///
    /// - Parameters:
    ///   - index: Then the first record that was not taken.
    ///   - topic: The topic of this table's records; nil when all records are.
    func add(
        _ batch: borrowing RecordBatch, from index: inout Int, of topic: FieldName?, over connection: Connection,
        _ report: inout PutReport
    ) throws {
        repeat {
            try add(batch[index], over: connection, &report)
            index += 1
            guard let layout, !layout.lacksKeyPath else { return }
            let end = canStream ? offered + Self.chunk : .max
            queue.fill(from: batch, &index, of: topic, layout, until: end)
            if queue.encoder.count >= end { try streamOn(over: connection, waits: false) }
        } while Self.isNext(in: batch, index, topic)
    }

    private static func isNext(in batch: borrowing RecordBatch, _ index: Int, _ topic: FieldName?) -> Bool {
        guard index < batch.count, batch.isDeliverable(index) else { return false }
        guard let topic else { return true }
        return batch[index].topicEquals(topic)
    }

    private func add(
        _ record: borrowing Record, over connection: Connection, _ report: inout PutReport
    ) throws {
        do {
            let layout = try prepare(record, over: connection)
            if record.isTombstone {
                return try take(queue.encoder.encodeDeletion(record, layout), .delete, layout, connection)
            }
            if case .row(let row) = try queue.encoder.encode(record, layout) {
                return try take(row, .write, layout, connection)
            }
            let evolved = try evolve(for: record, over: connection)
            guard case .row(let row) = try queue.encoder.encode(record, evolved) else { throw lacksColumn }
            try take(row, .write, evolved, connection)
        } catch let error as ConnectorError where error.kind == .rejected {
            report.reject(record.index, error)
        }
    }

    private var lacksColumn: ConnectorError {
        .rejected(
            "table \(name) has no column that can take every field of the record; drop or rename the field with ReplaceField"
        )
    }

    /// Sends the rows that wait into the open COPY and forgets them, so that more may follow.
    ///
    /// - Returns: Whether that was possible; otherwise ``finish(over:_:)`` is to be called.
    func leaveOpen(over connection: Connection) throws(ServerError) -> Bool {
        guard canStream else { return false }
        if streamed < queue.rows.count { try streamOn(over: connection, waits: true) }
        guard isStreaming(connection) else { return false }
        offered = 0
        streamed = 0
        queue.removeRows()
        return true
    }

    /// Writes the rows that wait.
    func finish(over connection: Connection, _ report: inout PutReport) throws {
        defer { discardRows() }
        if queue.rows.isEmpty { return isStreaming(connection) ? try connection.endCopy() : () }
        if isCareful { return try isolate(queue.rows[...], connection, &report) }
        if isStreaming(connection) {
            if queue.plans.count == 1 { try streamOn(over: connection, waits: true) }
            try connection.endCopy()
        }
        try attempt(queue.rows[streamed...], connection)
        try connection.settle()
    }

    private func discardRows() {
        expected = queue.plans.count == 1 ? queue.plans[0] : nil
        offered = 0
        queue.removeRows()
        queue.plans.removeAll(keepingCapacity: true)
        streamed = 0
        stream = nil
    }

    private func prepare(_ record: borrowing Record, over connection: Connection) throws -> TableLayout {
        guard record.isTombstone ? config.deletes : record.value.kind == .object else {
            throw ConnectorError.rejected(
                record.isTombstone
                    ? "the record is a tombstone, and delete.enabled is false"
                    : "the value is no object, so it has no columns")
        }
        let layout = try layout ?? lookUp(for: record, over: connection)
        return layout.lacksKeyPath ? try findKey(of: record, layout) : layout
    }

    /// Keeps an encoded row.
    private func take(
        _ row: Row, _ operation: WritePlan.Operation, _ layout: TableLayout, _ connection: Connection
    ) throws(ServerError) {
        var row = row
        row.plan = plan(operation, layout)
        queue.rows.append(row)
        if queue.encoder.count - offered >= Self.chunk && canStream { try streamOn(over: connection, waits: false) }
    }

    private func plan(_ operation: WritePlan.Operation, _ layout: TableLayout) -> Int {
        if let last = queue.rows.last?.plan, queue.isPlan(last, for: operation, layout) { return last }
        for place in queue.plans.indices where queue.isPlan(place, for: operation, layout) { return place }
        queue.plans.append(WritePlan(operation, queue.encoder.shape, layout, table: name, stage: stage, config))
        return queue.plans.count - 1
    }
}

extension TableWriter {
    private var canStream: Bool { !isCareful && queue.plans.count == 1 && !queue.plans[0].isStaged }
    private var sentBytes: Int { streamed == 0 ? 0 : queue.rows[streamed - 1].bytes.upperBound }
    private func isStreaming(_ connection: Connection) -> Bool {
        stream == connection.copyCount && connection.copyState != .none
    }

    private func beginStream(over connection: Connection) throws(ServerError) {
        try connection.beginCopy(queue.plans[0].copy)
        stream = connection.copyCount
    }

    /// Sends the rows of the sole plan so far, when the server is ready for them or it `waits` until then.
    private func streamOn(over connection: Connection, waits: Bool) throws(ServerError) {
        if !isStreaming(connection) { try beginStream(over: connection) }
        offered = queue.encoder.count
        let range = sentBytes..<queue.encoder.count
        var isSent = true
        try unsafe queue.encoder.withBytes { bytes throws(ServerError) in
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
            if waits { try unsafe connection.put(piece) } else { isSent = try unsafe connection.offer(piece) }
        }
        if isSent { streamed = queue.rows.count }
    }

    /// Writes rows; of those that the server refuses it finds the bad ones by halving.
    private func isolate(_ rows: ArraySlice<Row>, _ connection: Connection, _ report: inout PutReport) throws {
        do throws(ServerError) {
            connection.queued += "SAVEPOINT sluice_rows; "
            try attempt(rows, connection)
            connection.queued += "RELEASE SAVEPOINT sluice_rows; "
            try connection.settle()
        } catch {
            guard error.meaning == .badRow else { throw error }
            connection.queued = ""
            try connection.run("ROLLBACK TO SAVEPOINT sluice_rows; RELEASE SAVEPOINT sluice_rows")
            isStaged = false
            if rows.count == 1 {
                report.reject(rows[rows.startIndex].record, error.connectorError("table \(name) refuses the row"))
                return
            }
            let middle = rows.startIndex + rows.count / 2
            try isolate(rows[..<middle], connection, &report)
            try isolate(rows[middle...], connection, &report)
        }
    }

    /// Writes rows in as few statements as their keys and columns allow; the last may be left queued.
    private func attempt(_ rows: ArraySlice<Row>, _ connection: Connection) throws(ServerError) {
        let replaces = config.mode == .upsert || config.mode == .update
        let keyForm = layout?.keyForm
        var wave = Wave(rows, keyForm, replaces: replaces)
        for place in rows.indices {
            let isTaken = unsafe queue.encoder.withBytes { unsafe wave.take(place, $0) }
            if isTaken { continue }
            try send(wave, connection)
            wave = Wave(rows, keyForm, replaces: replaces)
            _ = unsafe queue.encoder.withBytes { unsafe wave.take(place, $0) }
        }
        try send(wave, connection)
    }

    private func send(_ wave: Wave, _ connection: Connection) throws(ServerError) {
        for place in wave.members.indices where !wave.members[place].isEmpty {
            let plan = queue.plans[place]
            try connection.beginCopy((plan.isStaged && !isStaged ? staging : "") + plan.copy)
            try send(wave.rows(of: place), connection)
            try connection.endCopy()
            isStaged = isStaged || plan.isStaged
            connection.queued += plan.statement
        }
    }

    /// Makes the staging table, up to the end of the transaction; ends in a semicolon.
    private var staging: String {
        // The layout of now: rows that were encoded before it grew name columns that it has too.
        "CREATE TEMP TABLE IF NOT EXISTS \(stage) (\(layout?.stageColumns ?? "")) ON COMMIT DROP; "
    }

    /// Sends rows, neighbours at once.
    private func send(_ rows: [Row], _ connection: Connection) throws(ServerError) {
        try unsafe queue.encoder.withBytes { bytes throws(ServerError) in
            var run = 0..<0
            for row in rows {
                if row.bytes.lowerBound != run.upperBound {
                    try unsafe connection.put(UnsafeRawBufferPointer(rebasing: bytes[run]))
                    run = row.bytes
                } else {
                    run = run.lowerBound..<row.bytes.upperBound
                }
            }
            try unsafe connection.put(UnsafeRawBufferPointer(rebasing: bytes[run]))
        }
    }
}
