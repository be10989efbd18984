import ConnectorKit

/// Reads the tables of one task, or its query, one after the other and again when they are due.
final class SourceReader {
    private let config: SourceConfig
    private let log: Log
    private let clock: WorkerClock
    private let progress: SourceProgress
    private let stop: StopSignal
    private let interruption = Interruption()
    private var connection: Connection?
    private var readings: [Reading]
    private var running: (reading: Int, pass: Pass)?
    private var writer = RowWriter()
    private var rowCount = 0

    init(_ config: SourceConfig, _ context: SourceContext) throws {
        self.config = config
        log = context.log
        clock = context.clock
        progress = context.progress
        stop = context.stop
        readings = []
        let interruption = interruption
        context.stop.onRequest { @Sendable in interruption.request() }
        let connection = try Connection(config.connection, interruption: interruption, within: context.timeLeft)
        defer { connection.limit = nil }
        for target in context.task.share(of: try connection.resolved(config.targets)) {
            readings.append(try Reading(target, config, stored: context.offset(of: target.partition)))
        }
        self.connection = connection
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        do {
            return try advance(&batch)
        } catch {
            end(cancelling: stop.isRequested)
            guard let failure = error as? ServerError else { throw error }
            throw failure.readingError("reading from PostgreSQL")
        }
    }

    /// Leaves the server nothing to do for a reading under way.
    func end() { end(cancelling: running != nil) }

    private func end(cancelling isReading: Bool) {
        if isReading { connection?.cancel() }
        running = nil
        connection = nil
        writer.removeAll()
    }

    private func advance(_ batch: inout RecordBatch) throws -> Poll {
        if running == nil {
            guard let next = nextReading() else { return .finished }
            let left = readings[next].due - clock.monotonic
            if left > .zero { return .idle(left) }
            try begin(next)
        }
        guard let (index, pass) = running else { return .more }
        let outcome = try pass.read(into: &writer, most: config.batchRows)
        try deliver(outcome, pass, index, &batch)
        return .more
    }

    /// The one that has waited longest; nil when all are done.
    private func nextReading() -> Int? {
        readings.indices.filter { !readings[$0].isDone }.min { readings[$0].due < readings[$1].due }
    }

    private func begin(_ index: Int) throws {
        let connection = try connection ?? Connection(config.connection, interruption: interruption)
        self.connection = connection
        let reading = readings[index]
        let pass = try Pass(
            reading.plan, after: reading.place, keys: config.keys, known: reading.layout, over: connection)
        readings[index].layout = pass.layout
        running = (index, pass)
    }

    private func deliver(_ outcome: Pass.Outcome, _ pass: Pass, _ index: Int, _ batch: inout RecordBatch) throws {
        var reading = readings[index]
        let count = writer.count
        try writer.move(
            pass.layout, topic: reading.topic, firstRow: pass.rowCount - count + 1, into: &batch)
        batch.locateRejections(from: 0, at: "\(reading.plan.target)")
        switch outcome {
        case .more: reading.place = pass.place()
        case .moreOfGroup: reading.warnOnce(log)
        case .ended:
            reading.ended(pass.place(), at: clock.monotonic, config)
            running = nil
        }
        if count > 0 || reading.place != readings[index].place, let position = reading.position {
            batch.mark(position)
        }
        readings[index] = reading
        rowCount += count
        progress.update(done: rowCount, total: nil)
    }
}

extension Connection {
    /// What is read by the names the server has for it; refuses a table that is given twice.
    func resolved(_ targets: [ReadTarget]) throws -> [ReadTarget] {
        var seen: Set<ExactName> = []
        return try targets.map { target in
            let target = try resolved(target)
            guard seen.insert(ExactName(target)).inserted else {
                throw ConnectorError.configuration("table.whitelist names \(target) more than once; name it once")
            }
            return target
        }
    }

    /// A table by the names the server has for it; refuses one that is not there.
    private func resolved(_ target: ReadTarget) throws -> ReadTarget {
        guard case .table(let name) = target else { return target }
        let rows = try run(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
                + "ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)", [name.sql])
        guard let row = rows.first, let schema = row[0], let table = row[1] else {
            throw ConnectorError.configuration(
                "\(target) does not exist in the database, or its schema is not in the search_path; name it as "
                    + "schema.table in table.whitelist, upper and lower case as they are", native: "42P01")
        }
        return .table(TableName(schema: schema, table: table))
    }
}
