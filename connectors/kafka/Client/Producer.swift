import CRdKafka
import ConnectorKit

/// Sends messages and tells what became of them. One thread at a time.
@safe
final class Producer {
    let client: KafkaClient
    /// The largest message that is taken, in bytes; a batch of messages may be as large.
    let messageLimit: Int
    /// Whether brokers count other bytes than were given.
    let isCompressing: Bool
    /// Bounds the waits for brokers.
    var patience: Patience
    private let events: OpaquePointer
    private let stickyRule: StickyPartition.Rule?
    private var topics: [FieldName: OpaquePointer] = unsafe [:]

    init(
        _ configuration: borrowing ClientConfiguration, _ observer: Observer, _ patience: Patience = Patience()
    ) throws(ConnectorError) {
        self.patience = patience
        stickyRule = StickyPartition.Rule(takenFrom: configuration)
        client = try configuration.client(RD_KAFKA_PRODUCER, observer)
        isCompressing = configuration.text("compression.codec") != "none"
        messageLimit = configuration.number("message.max.bytes") ?? 1_000_000
        unsafe events = rd_kafka_queue_get_main(client.raw)
    }

    deinit {
        unsafe topics.values.forEach { unsafe rd_kafka_topic_destroy($0) }
        unsafe rd_kafka_queue_destroy(events)
    }

    /// The handle of a topic, made at first use; nil when the name cannot be one.
    func topic(_ name: FieldName) -> OpaquePointer? {
        if let known = unsafe topics[name] { return unsafe known }
        let sticky = stickyRule.map(StickyPartition.init)
        let properties = unsafe sticky?.topicProperties(client.raw)
        guard let topic = unsafe rd_kafka_topic_new(client.raw, name.description, properties) else {
            unsafe properties.map { unsafe rd_kafka_topic_conf_destroy($0) }
            return nil
        }
        if let sticky { client.keep(sticky) }
        unsafe topics[name] = unsafe topic
        return unsafe topic
    }

    /// Enqueues a message without headers for the first partition of a topic; no value makes it a tombstone.
    func sendToFirst(_ key: [UInt8], _ value: [UInt8]?, to topic: OpaquePointer, tag: Int) -> rd_kafka_resp_err_t {
        unsafe key.withUnsafeBytes { key in
            unsafe (value ?? []).withUnsafeBytes { content in
                // A null address makes the tombstone.
                let start = value == nil ? nil : content.baseAddress
                return unsafe sluice_kafka_produce(
                    client.raw, topic, 0, 0, start, content.count, key.baseAddress, key.count, nil,
                    UnsafeMutableRawPointer(bitPattern: tag))
            }
        }
    }

    /// Waits for reports, at most `timeout`, and has them counted.
    func reports(within timeout: Duration, _ tally: inout Tally) {
        guard let event = unsafe rd_kafka_queue_poll(events, Int32(timeout.milliseconds)) else { return }
        defer { unsafe rd_kafka_event_destroy(event) }
        if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR {
            return unsafe client.observer.failed(
                rd_kafka_event_error(event), String(cString: rd_kafka_event_error_string(event)))
        }
        var (sending, delivered) = (0, 0)
        while let message = unsafe rd_kafka_event_message_next(event) {
            let (tag, code) = unsafe (Int(bitPattern: message.pointee._private), message.pointee.err)
            if Tally.sending(of: tag) != sending {
                tally.delivered(delivered, of: sending)
                (sending, delivered) = (Tally.sending(of: tag), 0)
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR {
                delivered += 1
            } else {
                tally.failed(tag, code, topic: unsafe Self.topicName(message.pointee.rkt))
            }
        }
        tally.delivered(delivered, of: sending)
    }

    private static func topicName(_ topic: OpaquePointer?) -> String {
        unsafe topic.map { unsafe String(cString: rd_kafka_topic_name($0)) } ?? ""
    }

    /// Waits until a broker has answered, at most 10 seconds; shorter when waiting cannot help, as after a refused login.
    func connect() throws(ConnectorError) {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        for _ in 0..<20 where !patience.isOver {
            code = unsafe client.metadata(timeout: patience.turn).call
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            // Nothing was sent yet, so there are errors alone.
            var tally = Tally()
            for _ in 0..<100 { reports(within: .zero, &tally) }
            if let lasting = client.observer.lasting { throw lasting }
        }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { throw Patience.over }
        throw connectorError(code, "no Kafka broker answered", client.observer.latest)
    }

    /// Gives up everything that is enqueued, also to be tried again; it is reported as failed.
    func purgeQueue() { unsafe _ = rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE) }

    /// Gives up everything that is enqueued or under way; it is reported as failed.
    func purge() { unsafe _ = rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }
}
