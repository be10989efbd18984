import CRdKafka
import ConnectorKit

/// Reads topics as a member of a consumer group.
final class KafkaSource: Source {
    static let definition = SourceDefinition(
        "kafka",
        documentation: """
            Reads Kafka topics as a member of a consumer group, with key, headers, timestamp, topic and partition.

            A position is the next offset of a partition, with the topic's id where librdkafka 2.3 or later tells it, and \
            the timestamp of the message before it. A topic that was deleted and made anew is known by them and read from \
            its start; that, and retention that has passed a position, is a warning and counted \
            (`kafka_source_position_jumps`). Where a partition begins is decided when the group gives it to a \
            task: the sinks take it over, which ends its former owner, and what they hold counts, the smallest with several. \
            Where a sink stores no positions, the group's offset counts, which is committed once everything up to it is \
            durable everywhere; without one `auto.offset.reset`. To read again from an earlier place, reset the positions and \
            the group's offsets (`kafka-consumer-groups.sh --reset-offsets`), or take another `group.id`.

            A message that cannot be decoded is a rejected record that keeps its bytes. Members may come and go: partitions \
            move one by one (`cooperative-sticky`). One that moves is given up once its records are durable and committed, \
            for which the worker commits at once, but after 30 seconds at the latest. A task whose sink blocks stays a \
            member, with at most 8 MiB or 20,000 messages fetched ahead.

            Reading that stands still is noticed: when a broker does not answer, messages that wait do not come or the group \
            gives no partitions for `stall.timeout.ms`, that is logged, counted (`kafka_source_stalls`) and repeated as a \
            failure, until `errors.retry.timeout` starts the task again.

            librdkafka before 2.6.1, as in Debian 12 and Ubuntu 24.04, cannot log in to Kafka 4 with SCRAM: install a newer \
            one, or use PLAIN over TLS.
            """,
        config: SourceConfig.definition,
        claimsPartitions: true, tasks: { _, most in most },
        check: { values in try SourceConfig(values).connection.check() },
        make: { KafkaSource() })

    private var reader: TopicReader?

    func start(_ context: SourceContext) async throws {
        reader = try TopicReader(SourceConfig(context.config), context)
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let reader else { throw ConnectorError.fatal("the kafka source was polled before its start") }
        return try reader.poll(into: &batch)
    }

    func commit(_ positions: [Position]) async throws { try reader?.commit(positions) }

    func stop() async {
        reader?.close()
        reader = nil
    }
}
