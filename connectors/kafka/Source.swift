import CRdKafka
import ConnectorKit

/// Reads topics as a member of a consumer group.
final class KafkaSource: Source {
    static let definition = SourceDefinition(
        "kafka",
        documentation: """
            Reads Kafka topics as a member of a consumer group, with key, headers, timestamp, topic and partition.

            A position is the next offset of a partition. It is kept by the worker, or by the sink with its data, and \
            committed to the group once it is durable everywhere. A partition is read from the later of both, so that a \
            worker that gets back a partition goes on where another member of the group left off. To read again from an \
            earlier place, reset the positions and the group's offsets, or take another `group.id`.

            A message that cannot be decoded is a rejected record that keeps its bytes. Members may come and go: partitions \
            move one by one (`cooperative-sticky`) and the others are read meanwhile. A partition that moves is given up \
            once its records are durable, but after 30 seconds at the latest: with a longer `offset.flush.interval.ms` the \
            next member repeats what was read since the last commit.

            Reading that stands still is noticed: when a broker does not answer, messages that wait do not come or the group \
            gives no partitions for `stall.timeout.ms`, that is logged, counted (`kafka_source_stalls`) and repeated as a \
            failure, until `errors.retry.timeout` starts the task again.

            librdkafka before 2.6.1, as in Debian 12 and Ubuntu 24.04, cannot log in to Kafka 4 with SCRAM: install a newer \
            one, or use PLAIN over TLS.
            """,
        config: SourceConfig.definition,
        tasks: { _, most in most },
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
