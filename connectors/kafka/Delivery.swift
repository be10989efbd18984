import CRdKafka
import ConnectorKit

/// Sends batches and waits for what becomes of every record.
final class Delivery {
    private let config: SinkConfig
    private let producer: Producer
    private let stop: StopSignal
    private var router: TopicRouter
    private var message: Message
    private var tally = Tally()

    init(_ config: SinkConfig, _ producer: Producer, _ stop: StopSignal) {
        self.config = config
        self.producer = producer
        self.stop = stop
        router = TopicRouter(config, producer)
        message = Message(config)
    }

    /// Delivers every deliverable record of a batch, or says in `report` which ones were not.
    ///
    /// - Throws: What concerns more than a record: a missing topic, a refused login, a client that cannot go on.
    func deliver(_ batch: borrowing RecordBatch, _ report: inout PutReport) throws(ConnectorError) {
        var indices: [Int] = []
        indices.reserveCapacity(batch.deliverableCount)
        for index in 0..<batch.count where batch.isDeliverable(index) { indices.append(index) }
        try deliver(indices[...], of: batch, &report)
    }

    /// The brokers refuse a message set as a whole: of several refused records only some may be at fault, and they are
    /// sent again in halves; one that is refused by itself is the one.
    private func deliver(
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch, _ report: inout PutReport
    ) throws(ConnectorError) {
        try send(indices, of: batch, &report)
        let failures = try settle()
        for failure in failures where failure.error.kind == .retriable { report.retry(failure.index, failure.error) }
        let refused = failures.filter { $0.error.kind == .rejected }
        guard refused.count > 1 else {
            for failure in refused { report.reject(failure.index, failure.error) }
            return
        }
        let again = refused.map(\.index)
        try deliver(again[..<(again.count / 2)], of: batch, &report)
        try deliver(again[(again.count / 2)...], of: batch, &report)
    }

    private func send(
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch, _ report: inout PutReport
    ) throws(ConnectorError) {
        tally.begin()
        for index in indices {
            let record = batch[index]
            do throws(ConnectorError) {
                let topic = unsafe try router.topic(of: record) { self.take($0, $1) }
                if let fault = message.encode(record, config) { throw fault }
                try unsafe enqueue(index, to: topic)
            } catch {
                guard error.kind == .rejected else { throw error }
                report.reject(index, error)
            }
        }
    }

    /// Waits for room when the queue is full; each wait ends with a report, or by the delivery timeout.
    private func enqueue(_ index: Int, to topic: OpaquePointer) throws(ConnectorError) {
        while true {
            let code = unsafe producer.send(message, to: topic, tag: tally.tag(of: index))
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return tally.sent() }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw producer.client.fatalError ?? connectorError(code, "a record cannot be sent")
            }
            try wait()
        }
    }

    /// Waits until every record sent has its report.
    ///
    /// - Returns: The records that were not delivered.
    private func settle() throws(ConnectorError) -> [Tally.Failure] {
        while tally.pending > 0 { try wait() }
        if let lasting = tally.failures.first(where: { $0.error.kind != .rejected && $0.error.kind != .retriable }) {
            throw producer.client.fatalError ?? lasting.error
        }
        return tally.failures
    }

    /// Waits a little for reports; gives up what is under way when there is no hope, or the task is to end.
    private func wait() throws(ConnectorError) {
        let before = tally.pending
        producer.reports(within: .milliseconds(100)) { self.take($0, $1) }
        let hopeless = producer.client.observer.lasting ?? producer.client.fatalError
        let isOver = stop.isRequested && tally.pending == before
        guard hopeless != nil || isOver else { return }
        producer.purge()
        throw hopeless ?? .retriable("the task was asked to end before Kafka acknowledged \(tally.pending) records")
    }

    private func take(_ tag: Int, _ code: rd_kafka_resp_err_t) { tally.take(tag, code) }
}
