import ConnectorKit

/// Writes records to Kafka.
final class KafkaSink: Sink {
    private var delivery: (any Delivery)?

    func start(_ context: SinkContext) async throws -> [Position]? {
        let config = SinkConfig(context.config)
        if let transactions = config.transactions {
            let start = TransactionStart(config: config, transactions: transactions, context: context)
            let (delivery, positions) = try context.claimsPartitions ? (start.awaitingClaims(), []) : start.begun()
            self.delivery = delivery
            return positions
        }
        let producer = try Producer(config.configuration(), Observer(context.log), Patience(context))
        try producer.connect()
        producer.patience = Patience(stop: context.stop)
        delivery = PlainDelivery(Sender(config, producer, context.stop))
        return nil
    }

    func claim(_ partitions: [PositionFields]) async throws -> [Position] {
        try delivery?.claim(partitions) ?? []
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
