import ConnectorKit

extension KafkaSink {
    /// The sink as a pipeline names it.
    static let definition = SinkDefinition(
        "kafka", documentation: documentation, config: SinkConfig.definition,
        output: { SinkOutput("topic \(SinkOutput.pattern(of: $0[SinkConfig.topic]))") },
        check: { values in try SinkConfig(values).connection.check() }, make: { KafkaSink() })

    private static let documentation = """
        Writes records to Kafka topics with their key, headers and timestamp, acknowledged by all replicas in sync.

        Delivery reports decide: a batch is done when every record of it is acknowledged. A record that the brokers \
        refuse, such as one that is too large, is rejected alone; when they refuse a message set for one of its records, \
        it is sent again in halves until that one is found. What was sent after records that failed is taken back and sent \
        again behind them, except for requests that a broker was answering at that moment. A timestamp before 1970 is \
        rejected, and one of 0 becomes the time of sending, for which librdkafka takes it. The producer is idempotent, so its own retries double \
        nothing; after a crash of the worker records since the last commit come again.

        **Exactly once.** With `exactly.once` all batches between two flushes are one transaction, which also holds the \
        positions they reach, as messages of the topic `positions.topic`. At a start the sink keeps earlier producers of \
        its `transactional.id` from writing, reads the positions back and gives them to the worker. So for readers of \
        committed data (`isolation.level` `read_committed`) a worker that is killed at any instant neither loses nor \
        repeats a record. When a transaction is lost, by its timeout or with a broker, the task fails and is started again \
        from the stored positions. A task whose `transactional.id` another producer has taken over fails for good: two \
        workers may not run the same pipeline under the same id. A refusal by the brokers would end a transaction, so \
        sizes are compared with the topic's `max.message.bytes` beforehand, uncompressed. With several sinks in a pipeline \
        the smallest position counts, and after a crash this one may get records again.

        **Exactly once from Kafka to the same cluster.** When this is the only sink of a `kafka` source in the same cluster, the \
        transactions commit the offsets of the source's group in place of `positions.topic`, which the brokers take from \
        its members of now alone: any number of tasks and workers may share the group, and what a former owner of a \
        partition had not committed never becomes visible. A worker that was killed and is started again with its state \
        ends its open transaction; one that does not come back, or stands still, keeps its partitions' next owner waiting \
        for `transaction.timeout.ms` at most. The user needs Read on the group as well. From another cluster, or beside other \
        sinks, a second task or member of the group is refused.

        librdkafka before 2.6.1, as in Debian 12 and Ubuntu 24.04, cannot log in to Kafka 4 with SCRAM: install a newer \
        one, or use PLAIN over TLS.
        """
}
