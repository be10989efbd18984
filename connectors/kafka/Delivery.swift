import ConnectorKit

/// How batches get to Kafka.
protocol Delivery: AnyObject {
    /// Takes the deliverable records of a batch, as ``Sink/put(_:report:)`` does.
    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError)
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
final class PlainDelivery: Delivery {
    private var sender: Sender
    private var underWay: [Sender.Sending] = []

    init(_ sender: consuming Sender) { self.sender = sender }

    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError) {
        underWay.append(try sender.begin(batch.deliverableIndices, of: batch))
        report.isUnderWay = true
    }

    func settle(
        _ batch: borrowing RecordBatch, _ report: inout PutReport, waiting: Bool
    ) throws(ConnectorError) -> Bool {
        guard let outcome = try sender.outcome(of: underWay[0], waiting: waiting) else { return false }
        underWay.removeFirst()
        try settle(outcome, of: batch, &report)
        report.isDurable = true
        return true
    }

    /// The brokers refuse a message set as a whole: of several refused records only some may be at fault, and they are
    /// sent again in halves; one that is refused by itself is the one.
    private func settle(
        _ outcome: Sender.Outcome, of batch: borrowing RecordBatch, _ report: inout PutReport
    ) throws(ConnectorError) {
        for failure in outcome.unsent { report.reject(failure.index, failure.error) }
        for failure in outcome.failed where failure.error.kind == .retriable {
            report.retry(failure.index, failure.error)
        }
        let refused = outcome.failed.filter { $0.error.kind == .rejected }
        guard refused.count > 1 else {
            for failure in refused { report.reject(failure.index, failure.error) }
            return
        }
        let again = refused.map(\.index)
        for half in [again[..<(again.count / 2)], again[(again.count / 2)...]] {
            try settle(try sender.send(half, of: batch), of: batch, &report)
        }
    }

    func flush() {}
    func close() {}
}
