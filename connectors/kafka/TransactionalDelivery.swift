import CRdKafka
import ConnectorKit

/// Delivers batches in transactions: their records and the positions they reach become visible together at a flush.
@safe
final class TransactionalDelivery: Delivery {
    private enum Phase: Equatable {
        case idle
        case open
        /// A commit was asked for and not answered; nothing but another commit may follow.
        case committing
    }

    /// Bounds each wait for the coordinator of the transactions.
    private static let patience = Duration.seconds(10)

    private var sender: Sender
    private let trial: Trial
    /// Where positions go; nil before the first partitions are claimed.
    private var home: PositionHome?
    /// Finds it; nil when partitions are not claimed.
    private let claims: TransactionStart?
    /// Whether transactions can begin without any claim, as for dead letters, which no position goes with.
    private var isPrepared = false
    private let timeout: Duration
    private let clock: WorkerClock
    private var phase = Phase.idle
    private var begun = Duration.zero
    /// Whether the open transaction holds records of earlier calls, which do not come again by themselves.
    private var holdsRecords = false
    /// The newest position of each partition that is not stored yet.
    private var pending: [PositionFields: PositionFields] = [:]
    /// Why records taken earlier are lost: nothing may be committed any more, least of all the positions behind them.
    private var loss: ConnectorError?

    private var producer: Producer { sender.producer }

    /// - Parameters:
    ///   - trial: Finds the records that the brokers refuse.
    ///   - home: Where the positions go; nil to ask `claims` once partitions are claimed.
    init(
        _ sender: consuming Sender, _ trial: Trial, _ home: PositionHome?, timeout: Duration, _ clock: WorkerClock,
        claims: TransactionStart?
    ) {
        self.sender = sender
        self.trial = trial
        self.home = home
        self.timeout = timeout
        self.clock = clock
        self.claims = claims
    }

    func claim(_ partitions: [PositionFields]) throws(ConnectorError) -> [Position] {
        if let loss { throw loss }
        guard let claims else { return [] }
        if home == nil { try findHome(claims) }
        guard case .topic(let topic, _, _) = home else { return [] }
        return try claims.positions(of: partitions, in: topic)
    }

    private func findHome(_ claims: TransactionStart) throws(ConnectorError) {
        let claimed = try claims.claimed(producer)
        home = claimed.home
        if let producer = claimed.producer { sender = claims.sender(producer) }
    }

    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError) {
        if let loss { throw loss }
        if batch.deliverableCount > 0 { try write(batch, &report) }
        for mark in batch.marks { pending[mark.position.partition] = mark.position.offset }
    }

    /// Nothing is left under way by a put.
    func settle(_ batch: borrowing RecordBatch, _ report: inout PutReport, waiting: Bool) -> Bool { true }

    func flush() throws(ConnectorError) {
        if let loss { throw loss }
        if phase != .committing {
            guard holdsRecords || !pending.isEmpty || home?.toForget.isEmpty == false else { return }
            try storePositions()
        }
        try commit()
    }

    /// Brokers that are away give the transaction up by themselves, at the latest for the next start.
    func close() {
        if phase == .open { try? producer.abortTransaction(within: .milliseconds(500)) }
    }

    private func begin() throws(ConnectorError) {
        guard phase == .idle else { return }
        if home == nil, let start = claims, !isPrepared {
            try start.prepare(producer)
            isPrepared = true
        }
        do throws(TransactionFault) { try producer.beginTransaction() } catch { throw error.error }
        phase = .open
        begun = clock.monotonic
    }

    private func write(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError) {
        var indices = batch.deliverableIndices
        let isTried = trial.isNeeded
        let refused = isTried ? try trial.refused(among: indices[...], of: batch) : []
        indices.removeAll { index in refused.contains { $0.index == index } }
        let outcome = try send(indices, of: batch)
        if let failure = outcome.failed.first { throw giveUp(isTried ? failure.error : suspect(failure.error)) }
        for failure in refused + outcome.unsent { report.reject(failure.index, failure.error) }
        holdsRecords = true
    }

    /// A refused record is found when its batch comes again.
    private func suspect(_ error: ConnectorError) -> ConnectorError {
        guard error.kind == .rejected else { return error }
        trial.setNeeded(true)
        return .retriable("\(error.message), and it is looked for one by one now", native: error.native)
    }

    private func send(_ indices: [Int], of batch: borrowing RecordBatch) throws(ConnectorError) -> Sender.Outcome {
        do throws(ConnectorError) {
            try begin()
            return try sender.send(indices[...], of: batch)
        } catch {
            throw giveUp(error)
        }
    }

    private func storePositions() throws(ConnectorError) {
        do throws(ConnectorError) {
            try begin()
            switch home {
            case .topic(let positions, let topic, let stored):
                let entries = positions.entries(for: pending, replacing: stored)
                if let failure = try unsafe sender.send(entries, to: topic) { throw failure }
            case .group(let offsets): try commit(offsets)
            case nil where pending.isEmpty: break
            case nil: throw .fatal("the kafka sink was given records of partitions that it had not claimed")
            }
        } catch {
            throw giveUp(error)
        }
    }

    private func commit(_ offsets: GroupOffsets) throws(ConnectorError) {
        do throws(TransactionFault) {
            try offsets.send(pending, with: producer, within: Self.patience)
        } catch {
            throw error.error
        }
    }

    private func commit() throws(ConnectorError) {
        phase = .committing
        do throws(TransactionFault) {
            try producer.commitTransaction(within: Self.patience)
        } catch {
            if error.remedy == .again { throw error.error }
            if error.remedy == .abort { phase = .open }
            throw giveUp(error.error)
        }
        phase = .idle
        holdsRecords = false
        if case .topic(let positions, let topic, _) = home, claims == nil {
            // At the next flush the worker has what this one stored, and it could override a reset.
            home = unsafe .topic(positions, handle: topic, stored: Set(pending.keys.map(positions.key)))
        }
        pending = [:]
        if trial.isNeeded { trial.setNeeded(false) }
    }

    /// Aborts the transaction, and says what the worker should do: a batch that was alone in it may come again.
    private func giveUp(_ error: ConnectorError) -> ConnectorError {
        guard phase != .idle else { return error }
        let mayComeAgain = !holdsRecords && ![.rejected, .restartable].contains(error.kind) && phase == .open
        guard mayComeAgain, producer.client.fatalError == nil else { return lose(error) }
        do throws(TransactionFault) {
            try producer.abortTransaction(within: Self.patience)
        } catch let fault {
            // Brokers know nothing of a transaction whose first partition they refused, and may not take it back.
            return lose(error.kind == .configuration ? error : fault.error)
        }
        phase = .idle
        return error
    }

    /// Gives up the transaction with what it held of earlier calls; only a new start, which reads the stored positions,
    /// has that come again.
    private func lose(_ reason: ConnectorError) -> ConnectorError {
        // A producer that was fenced off hears of that in many ways; a right that is missing is fatal only afterwards.
        let error = reason.kind == .configuration ? reason : producer.client.fatalError ?? reason
        let isInDoubt = phase == .committing
        close()
        phase = .idle
        let isOver = clock.monotonic - begun >= timeout
        let cause = isOver ? "it was open for longer than transaction.timeout.ms" : error.message
        // A producer whose time is over is fenced as well, and may come back.
        let kind: ConnectorError.Kind =
            switch error.kind {
            case _ where isOver: .restartable
            case .retriable, .restartable: .restartable
            case .configuration: .configuration
            case .rejected, .fatal: .fatal
            }
        let message =
            isInDoubt
            ? "it is not known whether the transaction was committed: \(cause); a new start finds out from the offsets"
            : "the open transaction was taken back: \(cause); a new start repeats what it held"
        let loss = ConnectorError(kind, message, native: error.native)
        self.loss = loss
        return loss
    }
}
