import ConnectorKit

/// Writes records to Kafka.
final class KafkaSink: Sink {
    private var delivery: (any Delivery)?

    func start(_ context: SinkContext) async throws -> [Position]? {
        let config = SinkConfig(context.config)
        if let transactions = config.transactions {
            let (delivery, positions) = try Self.begin(config, transactions, context)
            self.delivery = delivery
            return positions
        }
        let producer = try Producer(config.configuration(), Observer(context.log))
        try producer.connect()
        delivery = PlainDelivery(Sender(config, producer, context.stop))
        return nil
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        guard let delivery else { throw ConnectorError.fatal("the kafka sink was used before its start") }
        try delivery.put(batch, &report)
    }

    func settle(_ batch: borrowing RecordBatch, report: inout PutReport, waiting: Bool) async throws -> Bool {
        try delivery?.settle(batch, &report, waiting: waiting) ?? true
    }

    func flush() async throws { try delivery?.flush() }

    func stop() async {
        delivery?.close()
        delivery = nil
    }
}

extension KafkaSink {
    /// Bounds a start, so that it fails with its reason before the worker takes the task for stuck.
    private static let patience = Duration.seconds(20)

    /// Fences off earlier producers of this task, then reads the positions that they can no longer change.
    private static func begin(
        _ config: SinkConfig, _ transactions: TransactionConfig, _ context: SinkContext
    ) throws(ConnectorError) -> (TransactionalDelivery, [Position]) {
        let deadline = context.clock.monotonic + patience
        let producer = try Producer(
            config.configuration(transactions.properties(id: transactions.id(for: context), config.timeout)),
            Observer(context.log))
        try producer.connect()
        guard let topic = unsafe producer.topic(FieldName(interning: transactions.topic)) else {
            throw .fatal("librdkafka made no handle for topic \(transactions.topic)")
        }
        var tally = Tally()
        try unsafe producer.require(
            transactions.topic, topic, PositionTopic.creation(replication: config.replication), &tally)
        try prepare(producer, transactions.id(for: context), within: deadline - context.clock.monotonic)
        let positions = PositionTopic(pipeline: context.pipeline, sink: context.name, task: context.task)
        let content = try read(positions, config, transactions, context, until: deadline)
        let delivery = unsafe TransactionalDelivery(
            Sender(config, producer, context.stop), trial(config, transactions, context), positions, topic,
            stored: content.keys, timeout: transactions.timeout, context.clock)
        return (delivery, content.positions)
    }

    private static func trial(
        _ config: SinkConfig, _ transactions: TransactionConfig, _ context: SinkContext
    ) -> Trial {
        Trial(transactions.id(for: context)) { id throws(ConnectorError) in
            let producer = try Producer(
                config.configuration(transactions.properties(id: id, config.timeout)), Observer(context.log))
            try prepare(producer, id, within: patience)
            return Sender(config, producer, context.stop)
        }
    }

    private static func prepare(
        _ producer: Producer, _ id: String, within timeout: Duration
    ) throws(ConnectorError) {
        do throws(TransactionFault) {
            try producer.initTransactions(within: timeout)
        } catch {
            let reason = producer.client.hopelessness() ?? error.error
            throw ConnectorError(
                reason.kind, "transactional.id \(id) cannot be used: \(reason.message)", native: reason.native)
        }
    }

    private static func read(
        _ positions: PositionTopic, _ config: SinkConfig, _ transactions: TransactionConfig, _ context: SinkContext,
        until deadline: Duration
    ) throws(ConnectorError) -> PositionTopic.Content {
        let reading = [("isolation.level", "read_committed"), ("enable.partition.eof", "true")]
        let tail = try TopicTail(
            config.connection.configuration(reading), Observer(context.log), topic: transactions.topic)
        var entries: [PositionTopic.Entry] = []
        try tail.read(until: deadline, context.clock) { message in
            guard let key = unsafe message.key else { return }
            let value = unsafe message.value.map { unsafe String(decoding: $0, as: UTF8.self) }
            unsafe entries.append(PositionTopic.Entry(key: String(decoding: key, as: UTF8.self), value: value))
        }
        return positions.content(of: entries)
    }
}
