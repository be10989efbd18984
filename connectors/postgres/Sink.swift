import ConnectorKit

/// Writes records into tables, and their positions in the same transaction.
final class PostgresSink: Sink {
    private let interruption = Interruption()
    var setup: Setup?
    var connection: Connection?
    /// Whether the open transaction has the savepoint of an earlier call, which the next puts its own in the place of.
    var hasSavepoint = false
    /// The requests on the connection before the call of now.
    var requestsBefore = 0
    /// How many calls to come look for bad rows from the start: where one was there are often more.
    private var carefulCalls = 0
    private var tables = TableSet()
    /// Whether the open transaction holds what earlier calls took.
    var holdsRows = false
    private var underWay = UnderWay()
    /// Why rows taken earlier are lost: nothing may be committed any more, least of all the positions behind them.
    var loss: ConnectorError?

    struct Setup {
        let config: Config
        /// nil when none are stored.
        let positions: PositionKeeper?
    }

    func start(_ context: SinkContext) async throws -> [Position]? {
        let config = Config(context.config)
        let setup = Setup(config: config, positions: config.positions.map { PositionKeeper(context, in: $0) })
        self.setup = setup
        let interruption = interruption
        context.stop.onRequest { @Sendable in interruption.request() }
        let connection = try connected(setup, within: context.timeLeft)
        defer { connection.limit = nil }
        guard let positions = setup.positions else { return nil }
        return try storing("reading the stored positions", positions, connection) {
            try positions.load(over: connection)
        }
    }

    func claim(_ partitions: [PositionFields]) async throws -> [Position] {
        if let loss { throw loss }
        guard let setup, let positions = setup.positions, !partitions.isEmpty else { return [] }
        // Rows that were taken keep their transaction: it must not be committed before their flush.
        let isFree = try !underWay.isStreaming && !connected(setup).isInTransaction
        let connection = isFree ? try connected(setup) : try connect(setup)
        return try storing("taking over partitions", positions, connection) {
            try positions.claim(partitions, over: connection)
        }
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        if let loss { throw loss }
        guard let setup else { return }
        if underWay.isLosing {
            // Rows of earlier batches come first; this one is written when it is asked for.
            underWay.append(.lost)
            report.isUnderWay = true
        } else if underWay.isStreaming || batch.deliverableCount > 0 {
            try take(batch, setup, &report)
        }
        if let positions = setup.positions {
            for mark in batch.marks { positions.move(to: mark.position) }
        }
    }

    func settle(_ batch: borrowing RecordBatch, report: inout PutReport, waiting: Bool) async throws -> Bool {
        if let loss { throw loss }
        guard let setup else { return true }
        if case .streamed = underWay.stages.first { try endStream() }
        switch underWay.stages.first {
        case .stored(let told): report = told
        case .lost: try write(batch, setup, &report)
        case .streamed, nil: break
        }
        underWay.removeFirst()
        return true
    }

    func flush() async throws {
        if let loss { throw loss }
        guard let setup, holdsRows || setup.positions?.hasChanges == true else { return }
        let connection = try connected(setup)
        if let positions = setup.positions { try store(positions, over: connection) }
        do throws(ServerError) {
            try connection.run("COMMIT")
        } catch {
            throw error.meaning == .lost ? doubt(error) : lose(error, "committing rows and positions")
        }
        holdsRows = false
        hasSavepoint = false
        setup.positions?.stored()
        forgetRows(layoutToo: false)
    }

    func stop() async { connection = nil }
}

extension PostgresSink {
    private static let caution = 8
    /// A deferred constraint would be checked at the COMMIT, where no row can be rejected any more.
    private static let beginning = "BEGIN; SET CONSTRAINTS ALL IMMEDIATE; "

    private func connected(_ setup: Setup, within limit: Duration? = nil) throws(ConnectorError) -> Connection {
        if let connection { return connection }
        let connection = try connect(setup, within: limit)
        self.connection = connection
        return connection
    }

    private func connect(_ setup: Setup, within limit: Duration? = nil) throws(ConnectorError) -> Connection {
        do throws(ServerError) {
            let connection = try Connection(setup.config.connection, interruption: interruption, within: limit)
            try setup.positions?.introduce(connection)
            return connection
        } catch {
            throw error.connectorError("connecting to PostgreSQL")
        }
    }

    /// Says what the server's refusal means for what was done with positions.
    private func storing(
        _ what: String, _ positions: PositionKeeper, _ connection: Connection, _ body: () throws -> [Position]
    ) throws -> [Position] {
        do {
            return try body()
        } catch let error as ServerError {
            if error.meaning == .lost { self.connection = holdsRows ? self.connection : nil }
            throw positions.advised(error, over: connection).connectorError(what)
        }
    }

    /// Puts the positions into the transaction of the rows.
    private func store(_ positions: PositionKeeper, over connection: Connection) throws(ConnectorError) {
        var lost: PositionFields?
        do throws(ServerError) {
            connection.queued = connection.isInTransaction ? "" : "BEGIN; "
            lost = try positions.store(over: connection)
            try connection.settle()
        } catch {
            throw lose(error, "storing positions")
        }
        if let lost { throw giveUp(OwnedPositions.takenOver(lost)) }
    }

    /// Takes a batch as if every row were good. The COPY stays open for the next ones where it can, since the server
    /// would otherwise have nothing to do between two calls.
    private func take(_ batch: borrowing RecordBatch, _ setup: Setup, _ report: inout PutReport) throws {
        if carefulCalls > 0 { return try write(batch, setup, &report) }
        let connection = try connected(setup)
        do {
            if !underWay.isStreaming { try begin(connection, expecting: true) }
            try add(batch, setup, carefully: false, &report)
            if try tables.sole?.leaveOpen(over: connection) == true {
                underWay.append(.streamed(report))
                report.isUnderWay = true
                return
            }
            try end(connection, &report)
        } catch {
            guard underWay.isStreaming else { return try write(again: error, batch, setup, connection, &report) }
            try giveUpStream(error, over: connection)
            underWay.append(.lost)
            report.isUnderWay = true
            return
        }
        guard underWay.isStreaming else { return }
        underWay.store()
        underWay.append(.stored(report))
        report.isUnderWay = true
    }

    /// Ends the COPY that earlier calls left open.
    private func endStream() throws {
        guard let connection else { return underWay.lose() }
        do {
            var report = PutReport()
            try end(connection, &report)
            underWay.store()
        } catch {
            try giveUpStream(error, over: connection)
        }
    }

    /// Takes back what is in the open COPY, so that its batches can be written again.
    private func giveUpStream(_ error: any Error, over connection: Connection) throws {
        if (error as? ServerError)?.meaning == .badRow { carefulCalls = Self.caution }
        _ = undo(error, over: connection)
        if let loss { throw loss }
        underWay.lose()
    }

    /// Writes a batch at once: first as if every row were good, and when one is not, looking for it.
    private func write(_ batch: borrowing RecordBatch, _ setup: Setup, _ report: inout PutReport) throws {
        let connection = try connected(setup)
        if carefulCalls > 0 { return try writeCarefully(batch, setup, connection, &report) }
        do {
            try begin(connection, expecting: true)
            try add(batch, setup, carefully: false, &report)
            try end(connection, &report)
        } catch {
            try write(again: error, batch, setup, connection, &report)
        }
    }

    /// Writes a batch whose rows were not all taken.
    private func write(
        again error: any Error, _ batch: borrowing RecordBatch, _ setup: Setup, _ connection: Connection,
        _ report: inout PutReport
    ) throws {
        guard let failure = error as? ServerError, failure.meaning == .badRow else {
            throw undo(error, over: connection)
        }
        report = PutReport()
        carefulCalls = Self.caution
        do throws(ServerError) { try takeBack(over: connection) } catch { throw undo(error, over: connection) }
        try writeCarefully(batch, setup, connection, &report)
    }

    private func writeCarefully(
        _ batch: borrowing RecordBatch, _ setup: Setup, _ connection: Connection, _ report: inout PutReport
    ) throws {
        carefulCalls -= 1
        do {
            try begin(connection, expecting: false)
            try add(batch, setup, carefully: true, &report)
            try end(connection, &report)
        } catch {
            throw undo(error, over: connection)
        }
    }

    /// Begins what can be taken back by itself.
    private func begin(_ connection: Connection, expecting isExpecting: Bool) throws(ServerError) {
        requestsBefore = connection.requests
        let mark = connection.isInTransaction ? "SAVEPOINT sluice_put; " : Self.beginning
        connection.queued = (hasSavepoint ? "RELEASE SAVEPOINT sluice_put; " : "") + mark
        if isExpecting { try tables.first?.expectRows(over: connection) }
    }

    private func add(
        _ batch: borrowing RecordBatch, _ setup: Setup, carefully isCareful: Bool, _ report: inout PutReport
    ) throws {
        guard let connection else { return }
        var last: TableWriter?
        var index = 0
        while index < batch.count {
            guard batch.isDeliverable(index) else {
                index += 1
                continue
            }
            do {
                let writer = try writer(for: batch[index], setup.config, over: connection, &report)
                writer.isCareful = isCareful
                // Rows of one table may need those of another that came before them.
                if isCareful, let last, last !== writer { try last.finish(over: connection, &report) }
                last = writer
                let topic = setup.config.table.usesTopic ? tables.lastTopic : nil
                try writer.add(batch, from: &index, of: topic, over: connection, &report)
            } catch let error as ConnectorError where error.kind == .rejected {
                report.reject(index, error)
                index += 1
            }
        }
    }

    /// Has the server take everything since ``begin(_:expecting:)``.
    private func end(_ connection: Connection, _ report: inout PutReport) throws {
        try finishTables(over: connection, &report)
        // What is still queued was not needed: the call wrote nothing.
        if connection.requests != requestsBefore { hasSavepoint = holdsRows }
        connection.queued = ""
        holdsRows = connection.isInTransaction
    }

    private func finishTables(over connection: Connection, _ report: inout PutReport) throws {
        for writer in tables.writers { try writer.finish(over: connection, &report) }
    }

    private func writer(
        for record: borrowing Record, _ config: Config, over connection: Connection, _ report: inout PutReport
    ) throws -> TableWriter {
        if let known = tables.writer(for: record, usesTopic: config.table.usesTopic) { return known }
        let topic = record.topic
        let name = try config.table.name(for: topic)
        if tables.isFull {
            try finishTables(over: connection, &report)
            tables.forgetOldest()
        }
        return tables.add(topic) { TableWriter(name, config, number: $0) }
    }

    func forgetRows(layoutToo: Bool) {
        for writer in tables.writers { writer.forget(layoutToo: layoutToo) }
    }
}
