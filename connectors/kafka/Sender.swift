import CRdKafka
import ConnectorKit

/// Sends messages and waits for what becomes of every one.
final class Sender {
    /// What became of records.
    struct Outcome {
        /// Records that were not sent, since something is wrong with them.
        var unsent: [Tally.Failure] = []
        /// Records that the brokers did not take.
        var failed: [Tally.Failure] = []
    }

    let producer: Producer
    private let config: SinkConfig
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

    /// Sends records of a batch.
    ///
    /// - Throws: What concerns more than a record: a missing topic, a refused login, a client that cannot go on.
    func send(_ indices: some Sequence<Int>, of batch: borrowing RecordBatch) throws(ConnectorError) -> Outcome {
        tally.begin()
        var outcome = Outcome()
        for index in indices {
            let record = batch[index]
            do throws(ConnectorError) {
                let topic = unsafe try router.topic(of: record) { self.tally.take($0.tag, $0.code, topic: $0.topic) }
                if let fault = message.encode(record, config) { throw fault }
                if !message.hasKey, router.needsKey() { throw Self.keyFault }
                try enqueue { unsafe producer.send(message, to: topic, tag: tally.tag(of: index)) }
            } catch {
                guard error.kind == .rejected else { throw error }
                outcome.unsent.append(Tally.Failure(index: index, error: error))
            }
        }
        outcome.failed = try settle()
        return outcome
    }

    /// Sends messages to the first partition of a topic.
    ///
    /// - Returns: The first failure; nil when all were taken.
    func send(_ messages: [PositionTopic.Entry], to topic: OpaquePointer) throws(ConnectorError) -> ConnectorError? {
        tally.begin()
        for (index, message) in messages.enumerated() {
            try enqueue {
                unsafe producer.sendToFirst(
                    Array(message.key.utf8), message.value.map { Array($0.utf8) }, to: topic, tag: tally.tag(of: index))
            }
        }
        return try settle().first?.error
    }

    private static let keyFault = ConnectorError.rejected(
        "the record has no key, and its topic is compacted and needs one")

    /// Waits for room when the queue is full; each wait ends with a report, or by the delivery timeout.
    private func enqueue(_ send: () -> rd_kafka_resp_err_t) throws(ConnectorError) {
        while true {
            let code = send()
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return tally.sent() }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw producer.client.fatalError ?? connectorError(code, "a record cannot be sent")
            }
            try wait()
        }
    }

    /// Waits until every message sent has its report. A transaction ends with the first failure: what follows is not even
    /// tried any more.
    ///
    /// - Returns: The messages that were not delivered.
    private func settle() throws(ConnectorError) -> [Tally.Failure] {
        let endsWithFailure = config.transactions != nil
        while tally.pending > 0, !endsWithFailure || tally.failures.isEmpty { try wait() }
        if let lasting = tally.failures.first(where: { $0.error.kind != .rejected && $0.error.kind != .retriable }) {
            throw producer.client.fatalError ?? lasting.error
        }
        return tally.failures.isEmpty ? tally.givenUp.map { [explained($0)] } ?? [] : tally.failures
    }

    /// Says of a record that was given up with its transaction what the transaction failed with.
    private func explained(_ failure: Tally.Failure) -> Tally.Failure {
        guard let reason = producer.transactionFailure else { return failure }
        let message = "Kafka did not take the record for topic \(failure.topic): \(reason.message)"
        let error = ConnectorError(reason.kind, message, native: reason.native)
        return Tally.Failure(index: failure.index, error: error, topic: failure.topic)
    }

    /// Waits a little for reports; gives up what is under way when there is no hope, or the task is to end.
    private func wait() throws(ConnectorError) {
        let before = tally.pending
        producer.reports(within: .milliseconds(100)) { self.tally.take($0.tag, $0.code, topic: $0.topic) }
        let hopeless = producer.client.observer.lasting ?? producer.client.fatalError
        let isOver = stop.isRequested && tally.pending == before
        guard hopeless != nil || isOver else { return }
        producer.purge()
        throw hopeless ?? .retriable("the task was asked to end before Kafka acknowledged \(tally.pending) records")
    }
}
