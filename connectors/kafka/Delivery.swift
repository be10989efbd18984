import ConnectorKit

/// How batches get to Kafka.
protocol Delivery: AnyObject {
    /// Takes the deliverable records of a batch, as ``Sink/put(_:report:)`` does.
    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError)
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

/// Delivers each batch by itself; it is done when the brokers have acknowledged all of it.
final class PlainDelivery: Delivery {
    private let sender: Sender

    init(_ sender: Sender) { self.sender = sender }

    func put(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError) {
        try deliver(batch.deliverableIndices[...], of: batch, &report)
        report.isDurable = true
    }

    /// The brokers refuse a message set as a whole: of several refused records only some may be at fault, and they are
    /// sent again in halves; one that is refused by itself is the one.
    private func deliver(
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch, _ report: inout PutReport
    ) throws(ConnectorError) {
        let outcome = try sender.send(indices, of: batch)
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
        try deliver(again[..<(again.count / 2)], of: batch, &report)
        try deliver(again[(again.count / 2)...], of: batch, &report)
    }

    func flush() {}
    func close() {}
}
