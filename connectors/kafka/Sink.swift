import ConnectorKit

/// Writes records to Kafka; a batch is taken when the brokers have acknowledged all of it.
final class KafkaSink: Sink {
    static let definition = SinkDefinition(
        "kafka",
        documentation: """
            Writes records to Kafka topics with their key, headers and timestamp, acknowledged by all replicas in sync.

            Delivery reports decide: a batch is done when every record of it is acknowledged. A record that the brokers \
            refuse, such as one that is too large, is rejected alone; when they refuse a message set for one of its records, \
            it is sent again in halves until that one is found. The producer is idempotent, so its own retries double \
            nothing; after a crash of the worker records since the last commit come again.

            librdkafka before 2.6.1, as in Debian 12 and Ubuntu 24.04, cannot log in to Kafka 4 with SCRAM: install a newer \
            one, or use PLAIN over TLS.
            """,
        config: SinkConfig.definition,
        check: { values in try SinkConfig(values).connection.check() },
        make: { KafkaSink() })

    private var delivery: Delivery?

    func start(_ context: SinkContext) async throws -> [Position]? {
        let config = SinkConfig(context.config)
        let producer = try Producer(config.configuration(), Observer(context.log))
        try producer.connect()
        delivery = Delivery(config, producer, context.stop)
        return nil
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        guard let delivery else { throw ConnectorError.fatal("the kafka sink was used before its start") }
        try delivery.deliver(batch, &report)
        report.isDurable = true
    }

    func stop() async { delivery = nil }
}
