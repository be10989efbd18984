import ConnectorKit

/// Writes documents and the positions they reach in one transaction, exactly once.
///
/// MongoDB gives up a whole transaction for one bad document, and after a minute for no reason. What a transaction holds is
/// therefore kept, and sent again in a new one without the bad document.
final class TransactionWriter {
    private let client: Client
    private let config: SinkConfig
    private let log: OperationLog
    private let bulk: BulkWriter
    private let positions: PositionKeeper
    private var session: Session
    private var isOpen = false
    /// How many operations of the log the open transaction holds.
    private var sent = 0
    /// Whether records refused since the last flush may not be in the dead letter queue yet, so that no position behind
    /// them may be stored.
    private var holdsRefusals = false
    /// Whether the log no longer holds all of the transaction.
    private var isPartial = false
    /// Why operations taken earlier are lost: nothing may be committed any more.
    private var loss: ConnectorError?
    /// Transactions are committed between two flushes when they hold more bytes than this.
    private static let mostBytes = 8 << 20
    /// Those that must wait for the flush are kept for a repetition up to this many bytes.
    private static let mostHeldBytes = 64 << 20

    init(_ client: Client, _ config: SinkConfig, _ log: OperationLog, _ context: SinkContext) throws {
        self.client = client
        self.config = config
        self.log = log
        bulk = BulkWriter(client, log, batchSize: config.batchSize)
        session = try client.session()
        positions = try PositionKeeper(client, context, timeout: config.connection.timeout, session: session)
    }

    /// The positions that were stored when this worker took over.
    var stored: [Position] { positions.stored }

    /// Takes partitions over.
    func claim(_ partitions: [PositionFields]) throws -> [Position] {
        if let loss { throw loss }
        // A transaction sees the positions as they were when it began, so it could not store those of a later claim.
        if isOpen && !isPartial { reopenLater() }
        do {
            return try positions.claim(partitions)
        } catch let error as ServerError {
            throw error.connectorError("taking over partitions")
        }
    }

    /// Commits what earlier batches left when that is much: before a batch, so that a failure repeats nothing of one that
    /// was taken.
    func makeRoom() throws(ConnectorError) {
        if let loss { throw loss }
        if !holdsRefusals, log.byteCount > Self.mostBytes { try commit(atFlush: false) }
    }

    /// Writes what the log has from `first` on, the operations of one batch.
    func write(from first: Int, marks: [PositionMark], _ report: inout PutReport) throws(ConnectorError) {
        if let loss { throw loss }
        do {
            try sendAll(from: first, &report)
        } catch {
            throw giveUp(error, keeping: first)
        }
        for mark in marks { positions.move(to: mark.position) }
        if !report.rejections.isEmpty { holdBack() }
        guard holdsRefusals, log.byteCount > Self.mostHeldBytes else { return }
        isPartial = true
        log.removeAll()
        sent = 0
    }

    /// Commits everything, and the positions with it.
    func flush() throws(ConnectorError) {
        if let loss { throw loss }
        guard isOpen || !log.operations.isEmpty || positions.hasChanges else { return }
        try commit(atFlush: true)
        holdsRefusals = false
    }

    /// Gives up what was not flushed.
    func stop() {
        if isOpen { session.abort() }
        isOpen = false
    }

    /// Says that records were refused, here or before they got here.
    func holdBack() { holdsRefusals = true }
}

extension TransactionWriter {
    /// Brings the transaction up to the log, begun anew whenever a document broke it.
    private func sendAll(from first: Int, _ report: inout PutReport) throws {
        var most = Int.max
        while sent < log.operations.count {
            try open()
            var refusals: [Refusal] = []
            var alone: Int?
            do throws(ServerError) {
                for chunk in bulk.chunks(from: sent, most: most) where refusals.isEmpty {
                    alone = chunk.operations.count == 1 ? chunk.operations[0] : nil
                    refusals = try bulk.send(chunk, isOrdered: true, in: session).refusals
                }
            } catch {
                guard error.meaning == .badDocument else { throw error }
                // A command that was refused as a whole names no document: the next try sends each alone.
                refusals = alone.map { [Refusal(operation: $0, error: error)] } ?? []
                if refusals.isEmpty {
                    most = 1
                    reopenLater()
                    continue
                }
            }
            if refusals.isEmpty {
                sent = log.operations.count
            } else {
                try drop(refusals, from: first, &report)
            }
        }
    }

    private func open() throws {
        if isOpen { return }
        if isPartial {
            throw ServerError(
                "more than \(Self.mostHeldBytes >> 20) MiB came in one flush interval after a refused record, too much to "
                    + "be repeated; set a shorter offset.flush.interval.ms", .other)
        }
        try positions.introduce(session)
        try session.begin()
        isOpen = true
    }

    /// The server has given the transaction up, or is told to.
    private func reopenLater() {
        session.abort()
        isOpen = false
        sent = 0
    }

    /// Takes refused operations out of the log, and with one whose `_id` is taken all those of the batch: each would cost
    /// another transaction.
    private func drop(_ refusals: [Refusal], from first: Int, _ report: inout PutReport) throws(ServerError) {
        reopenLater()
        for refusal in refusals where refusal.error.meaning != .badDocument || refusal.operation < first {
            throw refusal.error
        }
        var errors: [Int: ServerError] = [:]
        var written: Set<Int> = []
        if refusals.contains(where: \.error.isDuplicate) {
            let taken = try StoredDocuments(client: client, log: log).taken(from: first)
            written = taken.identical
            for place in taken.different {
                errors[place] = .taken(in: log.collections[log.operations[place].collection])
            }
        }
        for refusal in refusals where !written.contains(refusal.operation) { errors[refusal.operation] = refusal.error }
        for (place, error) in errors.sorted(by: { $0.key < $1.key }) {
            report.reject(log.operations[place].record, error.connectorError("MongoDB refuses the document"))
        }
        log.remove(written.union(errors.keys))
    }

    private func commit(atFlush: Bool) throws(ConnectorError) {
        do {
            var report = PutReport()
            try sendAll(from: log.operations.count, &report)
            try open()
            try positions.store(in: session, atFlush: atFlush)
            try commitTransaction()
        } catch {
            throw giveUp(error, keeping: log.operations.count)
        }
        positions.stored(atFlush: atFlush)
        isOpen = false
        sent = 0
        log.removeAll()
        isPartial = false
    }

    private func commitTransaction() throws(ServerError) {
        do {
            try session.commit()
        } catch  where error.isUnknownCommit {
            // The server knows a commit that comes again.
            try session.commit()
        }
    }

    /// Leaves the log as it was before a batch, for the transaction to be repeated; says what the worker should do.
    private func giveUp(_ error: any Error, keeping count: Int) -> ConnectorError {
        reopenLater()
        if let error = error as? ConnectorError { return lose(error.message, error.kind) }
        guard let error = error as? ServerError else {
            return lose("another worker writes for the same task of this pipeline; stop one of them")
        }
        if error.isUnknownCommit {
            return lose(
                "it is unknown whether a transaction was committed (\(error.message)); a new start finds out",
                .restartable)
        }
        log.truncate(to: count)
        let failure = error.connectorError("writing in a transaction")
        if isPartial || failure.kind == .rejected || failure.kind == .fatal {
            return lose(
                "\(failure.message); the transaction was given up, and a new start repeats what it held",
                failure.kind == .retriable ? .restartable : .fatal)
        }
        if error.isWriteConflict { positions.makeWay() }
        positions.end(session)
        if let fresh = try? client.session() { session = fresh }
        return failure
    }

    private func lose(_ message: String, _ kind: ConnectorError.Kind = .fatal) -> ConnectorError {
        let loss = ConnectorError(kind, message)
        self.loss = loss
        return loss
    }
}
