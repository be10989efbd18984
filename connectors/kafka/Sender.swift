import CRdKafka
import ConnectorKit

/// Sends messages and tells what becomes of every one.
struct Sender: ~Copyable {
    /// Records that are on their way together.
    struct Sending {
        fileprivate let number: Int
        /// Records that were not sent, since something is wrong with them.
        fileprivate(set) var unsent: [Tally.Failure] = []
        /// Records that were not sent, since something else is wrong.
        fileprivate(set) var givenUp: [Tally.Failure] = []
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
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch
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
    /// - Throws: As ``send(_:of:)``, and `retriable` only when nothing was sent: otherwise the rest counts as given up.
    mutating func begin(
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> Sending {
        var sending = Sending(number: tally.begin())
        var place = indices.startIndex
        // What has failed meanwhile is to be known before more is sent.
        producer.reports(within: .zero, &tally)
        do throws(ConnectorError) {
            if isHeld { throw Self.held }
            while place < indices.endIndex {
                try takeOrRefuse(batch[indices[place]], indices[place], &sending)
                place += 1
            }
            try dispatch(&sending)
        } catch {
            let unsent = outbox.indices + indices[place...]
            outbox.removeAll()
            let mayComeLater = config.transactions == nil && error.kind == .retriable
            guard mayComeLater, isHeld || tally.hasSent(sending.number) else {
                tally.close(sending.number)
                throw error
            }
            giveUp(unsent, error, &sending)
        }
        return sending
    }

    /// Whether nothing is sent, so that records that failed come again before later ones.
    ///
    /// Begins by itself with the first failure outside of a transaction, and has what is enqueued given up.
    var isHeld: Bool {
        get { config.transactions == nil && tally.hasFailed }
        set { tally.hasFailed = newValue }
    }

    private static let held = ConnectorError.retriable("records before this one failed, and come again first")

    private mutating func giveUp(_ indices: [Int], _ error: ConnectorError, _ sending: inout Sending) {
        sending.givenUp += indices.map { Tally.Failure(index: $0, error: error, isGivenUp: true) }
        if !indices.isEmpty { tally.hasFailed = true }
    }

    /// Keeps from being sent what a topic would refuse as it has refused a record before.
    mutating func learn(from refused: [Tally.Failure]) {
        for topic in Set(refused.map(\.topic)) where !topic.isEmpty { router.learnLimits(of: topic) }
    }

    /// Waits until nothing is on its way.
    mutating func awaitSilence() throws(ConnectorError) {
        while tally.pending > 0 { try wait(atMost: .milliseconds(100)) }
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
                return Outcome(unsent: sending.unsent, failed: try failed(count.failures + sending.givenUp))
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

    private mutating func takeOrRefuse(
        _ record: borrowing Record, _ index: Int, _ sending: inout Sending
    ) throws(ConnectorError) {
        do throws(ConnectorError) {
            try take(record, index, &sending)
        } catch {
            guard error.kind == .rejected else { throw error }
            sending.unsent.append(Tally.Failure(index: index, error: error))
        }
    }

    private mutating func take(
        _ record: borrowing Record, _ index: Int, _ sending: inout Sending
    ) throws(ConnectorError) {
        let topic = unsafe try router.topic(of: record, &tally)
        if unsafe !outbox.takes(topic) { try dispatch(&sending) }
        if let fault = outbox.write(record, config) { throw fault }
        if !outbox.endsWithKey, router.needsKey() { throw Self.keyFault }
        if let reason = router.refusal(ofSize: outbox.lastSize, at: outbox.lastTimestamp) {
            throw .rejected("the record cannot be sent: \(reason)")
        }
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
            for (tag, code) in refused { try note(refusal(code), ofRecord: Tally.index(of: tag), &sending) }
            if isHeld { throw Self.held }
            if !outbox.isEmpty { try awaitRoom() }
        }
    }

    /// Notes why librdkafka refuses a record of those that were handed over together.
    private mutating func note(
        _ error: ConnectorError, ofRecord index: Int, _ sending: inout Sending
    ) throws(ConnectorError) {
        switch error.kind {
        case .rejected: sending.unsent.append(Tally.Failure(index: index, error: error))
        case .retriable where config.transactions == nil: giveUp([index], error, &sending)
        default: throw error
        }
    }

    /// Counts a message that librdkafka has taken; waits for room when its queue is full.
    private mutating func isTaken(
        _ code: rd_kafka_resp_err_t, _ sending: Sending
    ) throws(ConnectorError) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR: tally.sent(1, in: sending.number)
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: try awaitRoom()
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

    private mutating func awaitRoom() throws(ConnectorError) {
        try wait(atMost: .milliseconds(100))
        if isHeld { throw Self.held }
    }

    /// Waits a little for reports; gives up what is under way when there is no hope, or the task is to end.
    private mutating func wait(atMost timeout: Duration) throws(ConnectorError) {
        producer.reports(within: timeout, &tally)
        // Each time: what was under way and failed may be enqueued again.
        if isHeld { producer.purgeQueue() }
        let isOver = stop.isRequested
        // A broker is not asked any more then.
        let hopelessness = isOver ? producer.client.fatalError : producer.client.hopelessness()
        guard hopelessness != nil || isOver else { return }
        producer.purge()
        throw hopelessness ?? .retriable("the task was asked to end before Kafka acknowledged \(tally.pending) records")
    }
}
