import ConnectorKit

/// Writes records into tables, and their positions in the same transaction.
final class PostgresSink: Sink {
    private var setup: Setup?
    private var connection: Connection?
    private var tables: [Table] = []
    /// The newest position of each partition that is not stored yet.
    private var pending: [PositionFields: PositionFields] = [:]
    /// Whether the open transaction holds what earlier calls took.
    private var holdsRows = false
    /// Whether the last flush stored positions; at the next one the worker has them, and they could override a reset.
    private var storesPositions = false
    /// Why rows taken earlier are lost: nothing may be committed any more, least of all the positions behind them.
    private var loss: ConnectorError?

    private struct Setup {
        let config: Config
        let positions: PositionTable
    }

    private struct Table {
        let topic: FieldName?
        let writer: TableWriter
    }

    func start(_ context: SinkContext) async throws -> [Position]? {
        let setup = Setup(
            config: Config(context.config),
            positions: PositionTable(pipeline: context.pipeline, sink: context.name, task: context.task.index))
        self.setup = setup
        let connection = try connected(setup)
        do throws(ServerError) {
            let stored = try setup.positions.load(over: connection)
            storesPositions = !stored.isEmpty
            return stored
        } catch {
            throw error.connectorError("reading the table sluice_positions")
        }
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        if let loss { throw loss }
        guard let setup else { return }
        if batch.deliverableCount > 0 { try write(batch, setup, &report) }
        for mark in batch.marks { pending[mark.position.partition] = mark.position.offset }
    }

    func flush() async throws {
        if let loss { throw loss }
        guard let setup, holdsRows || !pending.isEmpty || storesPositions else { return }
        let connection = try connected(setup)
        do throws(ServerError) {
            if !connection.isInTransaction { try connection.run("BEGIN") }
            try setup.positions.replace(with: pending, over: connection)
            try connection.run("COMMIT")
        } catch {
            throw lose(error, "committing rows and positions")
        }
        holdsRows = false
        storesPositions = !pending.isEmpty
        pending = [:]
        for table in tables { table.writer.forget(columnsToo: false) }
    }

    func stop() async { connection = nil }
}

extension PostgresSink {
    /// Reaches the database and looks for the table, if it is a sole one.
    static func check(_ values: ConfigValues) async throws {
        let config = Config(values)
        do throws(ServerError) {
            let connection = try Connection(config.connection)
            guard !config.table.usesTopic, !config.creates else { return }
            let name = try? config.table.name(for: nil)
            if let name, try connection.run("SELECT to_regclass($1)", [name.sql])[0][0] == nil {
                throw ServerError(missing: name)
            }
        } catch {
            throw error.connectorError("connecting to PostgreSQL")
        }
    }

    private func connected(_ setup: Setup) throws(ConnectorError) -> Connection {
        if let connection { return connection }
        do throws(ServerError) {
            let connection = try Connection(setup.config.connection)
            try setup.positions.lock(over: connection)
            self.connection = connection
            return connection
        } catch {
            throw error.connectorError("connecting to PostgreSQL")
        }
    }

    private func write(_ batch: borrowing RecordBatch, _ setup: Setup, _ report: inout PutReport) throws {
        let connection = try connected(setup)
        do {
            try connection.run((connection.isInTransaction ? "" : "BEGIN; ") + "SAVEPOINT sluice_put")
            try batch.forEach { record in
                do {
                    try writer(for: record, setup.config).add(record, over: connection, &report)
                } catch let error as ConnectorError where error.kind == .rejected {
                    report.reject(record.index, error)
                }
            }
            for table in tables { try table.writer.finish(over: connection, &report) }
            try connection.run("RELEASE SAVEPOINT sluice_put")
        } catch {
            throw undo(error, over: connection)
        }
        holdsRows = true
    }

    private func writer(for record: borrowing Record, _ config: Config) throws(ConnectorError) -> TableWriter {
        for table in tables {
            guard config.table.usesTopic, let topic = table.topic else { return table.writer }
            if record.topicEquals(topic) { return table.writer }
        }
        let topic = record.topic
        let name = try config.table.name(for: topic)
        let writer = TableWriter(name, config, number: tables.count)
        tables.append(Table(topic: topic.map(FieldName.init(interning:)), writer: writer))
        return writer
    }

    /// Takes back what one call wrote, so that the batch can come again; says what the worker should do.
    private func undo(_ error: any Error, over connection: Connection) -> ConnectorError {
        for table in tables { table.writer.forget(columnsToo: true) }
        guard let failure = error as? ServerError else {
            let known = error as? ConnectorError ?? .fatal("writing rows: \(error)")
            return takeBack(over: connection) ?? known
        }
        if failure.meaning == .lost || failure.meaning == .undone { return lose(failure, "writing rows") }
        return takeBack(over: connection) ?? failure.connectorError("writing rows")
    }

    /// nil when what earlier calls wrote is still there.
    private func takeBack(over connection: Connection) -> ConnectorError? {
        do throws(ServerError) {
            try connection.run("ROLLBACK TO SAVEPOINT sluice_put; RELEASE SAVEPOINT sluice_put")
            return nil
        } catch {
            return lose(error, "writing rows")
        }
    }

    /// Gives up the transaction. When it held earlier batches, only a new start, which reads the stored positions, has
    /// them come again.
    private func lose(_ failure: ServerError, _ what: String) -> ConnectorError {
        connection = nil
        for table in tables { table.writer.forget(columnsToo: true) }
        let error = failure.connectorError(what)
        if !holdsRows && error.kind != .rejected { return error }
        let kind: ConnectorError.Kind = error.kind == .configuration ? .configuration : .fatal
        let message = "\(error.message); the open transaction was rolled back, and a new start repeats what it held"
        let loss = ConnectorError(kind, message, native: error.native)
        self.loss = loss
        return loss
    }
}
