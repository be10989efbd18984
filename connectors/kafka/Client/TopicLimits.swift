import CRdKafka
import ConnectorKit

/// What the brokers refuse in a topic; nothing is known where they do not say, for want of the right to ask.
@safe
struct TopicLimits {
    /// The largest batch of messages, in bytes (`max.message.bytes`).
    private(set) var bytes: Int?
    /// Whether a message without a key is refused, since the topic is compacted.
    private(set) var needsKeys = false

    /// Asks a broker; by itself librdkafka would look for the controller first, though any broker knows.
    init(of topic: String, _ client: KafkaClient, within timeout: Duration) {
        guard let broker = client.anyBroker(timeout: timeout),
            let options = unsafe rd_kafka_AdminOptions_new(client.raw, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS)
        else { return }
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        unsafe _ = rd_kafka_AdminOptions_set_broker(options, broker, nil, 0)
        guard let queue = unsafe rd_kafka_queue_new(client.raw) else { return }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        guard let asked = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic) else { return }
        defer { unsafe rd_kafka_ConfigResource_destroy(asked) }
        var resources: [OpaquePointer?] = unsafe [asked]
        unsafe rd_kafka_DescribeConfigs(client.raw, &resources, 1, options, queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, Int32(timeout.milliseconds)) else { return }
        defer { unsafe rd_kafka_event_destroy(event) }
        unsafe read(event)
    }

    private mutating func read(_ event: OpaquePointer) {
        guard unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        var count = 0
        let result = unsafe rd_kafka_event_DescribeConfigs_result(event)
        guard let answers = unsafe rd_kafka_DescribeConfigs_result_resources(result, &count), count == 1,
            let entries = unsafe rd_kafka_ConfigResource_configs(answers[0], &count)
        else { return }
        for index in 0..<count {
            guard let name = unsafe rd_kafka_ConfigEntry_name(entries[index]),
                let value = unsafe rd_kafka_ConfigEntry_value(entries[index])
            else { continue }
            unsafe take(String(cString: name), String(cString: value))
        }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "max.message.bytes": bytes = Int(value)
        case "cleanup.policy": needsKeys = value.contains("compact")
        default: break
        }
    }
}
