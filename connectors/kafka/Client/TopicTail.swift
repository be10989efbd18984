import CRdKafka
import ConnectorKit

/// Reads the first partition of a topic from its beginning to its end, what is committed alone, without a group.
@safe
final class TopicTail {
    private let client: KafkaClient
    private let topic: OpaquePointer
    private let name: String

    init(
        _ configuration: borrowing ClientConfiguration, _ observer: Observer, topic name: String
    ) throws(ConnectorError) {
        client = try configuration.client(RD_KAFKA_CONSUMER, observer)
        guard let topic = unsafe rd_kafka_topic_new(client.raw, name, nil) else {
            throw .fatal("librdkafka made no handle for topic \(name)")
        }
        unsafe self.topic = unsafe topic
        self.name = name
    }

    deinit { unsafe rd_kafka_topic_destroy(topic) }

    /// Hands on every message up to the end that the partition has when this is called.
    ///
    /// The end is that of all messages, as the first answer names it: behind one of a transaction that is still open
    /// nothing is handed out, and what stands there is waited for.
    func read(until deadline: Duration, _ patience: Patience, _ take: (Received) -> Void) throws(ConnectorError) {
        let code = unsafe rd_kafka_consume_start(topic, 0, Int64(RD_KAFKA_OFFSET_BEGINNING))
        guard code == 0 else { throw connectorError(rd_kafka_last_error(), "topic \(name) cannot be read") }
        defer { unsafe _ = rd_kafka_consume_stop(topic, 0) }
        var goal: Int64?
        while patience.clock.monotonic < deadline, !patience.isOver {
            guard let message = unsafe rd_kafka_consume(topic, 0, 100) else { continue }
            defer { unsafe rd_kafka_message_destroy(message) }
            let received = unsafe Received(message)
            goal = goal ?? end
            if received.code == RD_KAFKA_RESP_ERR_NO_ERROR {
                // What is added from now on is another task's.
                if let goal, received.offset >= goal { return }
                take(received)
            } else if received.code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                if let goal, received.offset >= goal { return }
            } else if kind(of: received.code) != .retriable {
                throw connectorError(received.code, "reading topic \(name) failed", received.errorText)
            }
        }
        throw client.hopelessness()
            ?? .retriable(
                "topic \(name) could not be read to its end in time: brokers do not answer, or another producer's "
                    + "transaction is still open in it")
    }

    /// The end that the brokers named with their last answer; nil before that.
    private var end: Int64? {
        var (low, high): (Int64, Int64) = (0, 0)
        let code = unsafe rd_kafka_get_watermark_offsets(client.raw, name, 0, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }
}
