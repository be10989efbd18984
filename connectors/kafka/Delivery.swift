import ConnectorKit

/// How batches get to Kafka.
protocol Delivery: AnyObject {
    /// Takes the deliverable records of a batch, as ``Sink/put(_:report:)`` does.
    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError)
    /// Takes partitions over and gives the positions stored of them, as ``Sink/claim(_:)`` does.
    func claim(_ partitions: [PositionFields]) throws(ConnectorError) -> [Position]
    /// Tells of the oldest batch under way, as ``Sink/settle(_:report:waiting:)`` does.
    func settle(_ batch: borrowing RecordBatch, _ report: inout PutReport, waiting: Bool) throws(ConnectorError) -> Bool
    /// Makes durable and visible what was taken.
    func flush() throws(ConnectorError)
    /// Takes back what is not visible yet.
    func close()
}

extension RecordBatch {
    /// The numbers of the records that are to be delivered.
    var deliverableIndices: [Int] {
        var indices: [Int] = []
        indices.reserveCapacity(deliverableCount)
        for index in 0..<count where isDeliverable(index) { indices.append(index) }
        return indices
    }
}

/// Delivers each batch by itself; it is done when the brokers have acknowledged all of it. The next ones are sent meanwhile.
///
/// After a failure nothing more is sent until all that is under way has been told of, so that what failed comes again before
/// what follows it; only requests that are with a broker by then may go before.
final class PlainDelivery: Delivery {
    private var sender: Sender
    private var underWay: [Sender.Sending] = []

    init(_ sender: consuming Sender) { self.sender = sender }

    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError) {
        if underWay.isEmpty { sender.isHeld = false }
        underWay.append(try sender.begin(batch.deliverableIndices[...], of: batch))
        report.isUnderWay = true
    }

    func settle(
        _ batch: borrowing RecordBatch, _ report: inout PutReport, waiting: Bool
    ) throws(ConnectorError) -> Bool {
        guard let outcome = try sender.outcome(of: underWay[0], waiting: waiting) else { return false }
        let verdict = try verdict(on: outcome, of: batch)
        for failure in verdict.rejected { report.reject(failure.index, failure.error) }
        for failure in verdict.retried.sorted(by: { $0.index < $1.index }) {
            report.retry(failure.index, failure.error)
        }
        report.isDurable = true
        underWay.removeFirst()
        return true
    }

    /// What is to be done about records that were not delivered.
    private struct Verdict {
        var rejected: [Tally.Failure] = []
        var retried: [Tally.Failure] = []
    }

    private func verdict(
        on outcome: Sender.Outcome, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> Verdict {
        let refused = outcome.failed.filter { $0.error.kind == .rejected }
        sender.learn(from: refused)
        var verdict = Verdict(rejected: outcome.unsent)
        verdict.retried = outcome.failed.filter { $0.error.kind == .retriable }
        if refused.count > 1 {
            let found = try search(among: refused.map(\.index), of: batch)
            verdict.rejected += found.rejected
            verdict.retried += found.retried
        } else {
            verdict.rejected += refused
        }
        return verdict
    }

    /// The brokers refuse a message set as a whole: of several refused records only some may be at fault, and they are
    /// sent again in halves; one that is refused by itself is the one. What follows them comes again.
    private func search(among indices: [Int], of batch: borrowing RecordBatch) throws(ConnectorError) -> Verdict {
        let middle = indices.count / 2
        let first = try verdict(on: try sendAgain(indices[..<middle], of: batch), of: batch)
        let second =
            if let failure = first.retried.first {
                Verdict(retried: indices[middle...].map { Tally.Failure(index: $0, error: failure.error) })
            } else {
                try verdict(on: try sendAgain(indices[middle...], of: batch), of: batch)
            }
        return Verdict(rejected: first.rejected + second.rejected, retried: first.retried + second.retried)
    }

    /// Sends records while nothing else is on its way, and waits for what becomes of them.
    private func sendAgain(
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> Sender.Outcome {
        do throws(ConnectorError) {
            sender.isHeld = true
            try sender.awaitSilence()
            sender.isHeld = false
            defer { sender.isHeld = true }
            return try sender.send(indices, of: batch)
        } catch {
            guard error.kind == .retriable else { throw error }
            return Sender.Outcome(failed: indices.map { Tally.Failure(index: $0, error: error) })
        }
    }

    func claim(_ partitions: [PositionFields]) -> [Position] { [] }
    func flush() {}
    func close() {}
}
