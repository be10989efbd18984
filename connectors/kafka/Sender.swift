import CRdKafka
import ConnectorKit

/// Sends messages and tells what becomes of every one.
struct Sender: ~Copyable {
    /// Records that are on their way together.
    struct Sending {
        fileprivate let number: Int
        /// Records that were not sent, since something is wrong with them.
        fileprivate(set) var unsent: [Tally.Failure] = []
    }

    /// What became of records.
    struct Outcome {
        /// Records that were not sent, since something is wrong with them.
        var unsent: [Tally.Failure] = []
        /// Records that the brokers did not take, in order.
        var failed: [Tally.Failure] = []
    }

    let producer: Producer
    private let config: SinkConfig
    private let stop: StopSignal
    private var router: TopicRouter
    private var outbox: Outbox
    private var tally = Tally()

    init(_ config: SinkConfig, _ producer: Producer, _ stop: StopSignal) {
        self.config = config
        self.producer = producer
        self.stop = stop
        router = TopicRouter(config, producer)
        outbox = Outbox(config)
    }

    /// Sends records of a batch and waits for what becomes of them.
    ///
    /// - Throws: What concerns more than a record: a missing topic, a refused login, a client that cannot go on.
    mutating func send(
        _ indices: some Sequence<Int>, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> Outcome {
        let sending = try begin(indices, of: batch)
        do throws(ConnectorError) {
            return try awaitOutcome(of: sending)
        } catch {
            tally.close(sending.number)
            throw error
        }
    }

    /// Sends records of a batch, which ``outcome(of:waiting:)`` is to be asked for.
    ///
    /// - Throws: As ``send(_:of:)``; some may be on their way all the same.
    mutating func begin(
        _ indices: some Sequence<Int>, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> Sending {
        var sending = Sending(number: tally.begin())
        do throws(ConnectorError) {
            for index in indices {
                do throws(ConnectorError) {
                    try take(batch[index], index, &sending)
                } catch {
                    guard error.kind == .rejected else { throw error }
                    sending.unsent.append(Tally.Failure(index: index, error: error))
                }
            }
            try dispatch(&sending)
            return sending
        } catch {
            outbox.removeAll()
            tally.close(sending.number)
            throw error
        }
    }

    /// What became of a sending, once that is known; nil before, which comes at once unless `waiting`.
    ///
    /// A transaction ends with the first failure: what follows is not even tried any more.
    mutating func outcome(of sending: Sending, waiting: Bool) throws(ConnectorError) -> Outcome? {
        let isTransaction = config.transactions != nil
        repeat {
            let count = tally[sending.number]
            if count.pending == 0 || (isTransaction && count.failures.contains { !$0.isGivenUp }) {
                defer { tally.close(sending.number) }
                return Outcome(unsent: sending.unsent, failed: try failed(count.failures))
            }
            try wait(atMost: waiting ? .milliseconds(100) : .zero)
        } while waiting || tally[sending.number].pending == 0
        return nil
    }

    /// Sends messages to the first partition of a topic, and waits for what becomes of them.
    ///
    /// - Returns: The first failure; nil when all were taken.
    mutating func send(
        _ messages: [PositionTopic.Entry], to topic: OpaquePointer
    ) throws(ConnectorError) -> ConnectorError? {
        let sending = Sending(number: tally.begin())
        defer { tally.close(sending.number) }
        for (index, message) in messages.enumerated() {
            let tag = Tally.tag(of: index, in: sending.number)
            let (key, value) = (Array(message.key.utf8), message.value.map { Array($0.utf8) })
            while try unsafe !isTaken(producer.sendToFirst(key, value, to: topic, tag: tag), sending) {}
        }
        return try awaitOutcome(of: sending).failed.first?.error
    }

    private mutating func awaitOutcome(of sending: Sending) throws(ConnectorError) -> Outcome {
        while true { if let outcome = try outcome(of: sending, waiting: true) { return outcome } }
    }

    private static let keyFault = ConnectorError.rejected(
        "the record has no key, and its topic is compacted and needs one")

    private mutating func take(
        _ record: borrowing Record, _ index: Int, _ sending: inout Sending
    ) throws(ConnectorError) {
        let topic = unsafe try router.topic(of: record, &tally)
        if unsafe !outbox.takes(topic) { try dispatch(&sending) }
        if let fault = outbox.write(record, config) { throw fault }
        if !outbox.endsWithKey, router.needsKey() { throw Self.keyFault }
        let tag = Tally.tag(of: index, in: sending.number)
        guard outbox.endsAlone else { return unsafe outbox.add(to: topic, tag: tag) }
        try dispatch(&sending)
        while try unsafe !isTaken(outbox.sendLast(producer.client.raw, to: topic, tag: tag), sending) {}
    }

    /// Hands librdkafka everything that was written.
    private mutating func dispatch(_ sending: inout Sending) throws(ConnectorError) {
        while !outbox.isEmpty {
            let (taken, refused) = outbox.send()
            tally.sent(taken, in: sending.number)
            for (tag, code) in refused {
                let error = refusal(code)
                guard error.kind == .rejected else { throw error }
                sending.unsent.append(Tally.Failure(index: Tally.index(of: tag), error: error))
            }
            if !outbox.isEmpty { try wait(atMost: .milliseconds(100)) }
        }
    }

    /// Counts a message that librdkafka has taken; waits for room when its queue is full.
    private mutating func isTaken(
        _ code: rd_kafka_resp_err_t, _ sending: Sending
    ) throws(ConnectorError) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR: tally.sent(1, in: sending.number)
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: try wait(atMost: .milliseconds(100))
        default: throw refusal(code)
        }
        return code == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    private func refusal(_ code: rd_kafka_resp_err_t) -> ConnectorError {
        producer.client.fatalError ?? connectorError(code, "a record cannot be sent")
    }

    /// What the worker is to know of failures.
    private func failed(_ failures: [Tally.Failure]) throws(ConnectorError) -> [Tally.Failure] {
        if let lasting = failures.first(where: { $0.error.kind != .rejected && $0.error.kind != .retriable }) {
            throw producer.client.fatalError ?? lasting.error
        }
        guard config.transactions != nil else { return failures.sorted { $0.index < $1.index } }
        let real = failures.filter { !$0.isGivenUp }
        guard real.isEmpty, let first = failures.first else { return real }
        return [explained(first)]
    }

    /// Says of a record that was given up with its transaction what the transaction failed with.
    private func explained(_ failure: Tally.Failure) -> Tally.Failure {
        guard let reason = producer.transactionFailure else { return failure }
        let message = "Kafka did not take the record for topic \(failure.topic): \(reason.message)"
        let error = ConnectorError(reason.kind, message, native: reason.native)
        return Tally.Failure(index: failure.index, error: error, topic: failure.topic)
    }

    /// Waits a little for reports; gives up what is under way when there is no hope, or the task is to end.
    private mutating func wait(atMost timeout: Duration) throws(ConnectorError) {
        let before = tally.pending
        producer.reports(within: timeout, &tally)
        let hopeless = producer.client.observer.lasting ?? producer.client.fatalError
        let isOver = stop.isRequested && tally.pending == before
        guard hopeless != nil || isOver else { return }
        producer.purge()
        throw hopeless ?? .retriable("the task was asked to end before Kafka acknowledged \(tally.pending) records")
    }
}
