import CRdKafka
import ConnectorKit

/// What the brokers refuse in a topic; nothing is known where they do not say, for want of the right to ask.
@safe
struct TopicLimits {
    /// The largest batch of messages, in bytes (`max.message.bytes`).
    private(set) var bytes: Int?
    /// Whether a message without a key is refused, since the topic is compacted.
    private(set) var needsKeys = false
    /// How far a message's time may be from the broker's, in milliseconds (`message.timestamp.before.max.ms` and
    /// `message.timestamp.after.max.ms`).
    private var times = (before: Int64.max, after: Int64.max)
    /// Whether messages keep the time they come with.
    private var keepsTimes = true

    /// What a batch of one message has around its parts, at least.
    private static let leastAround = 68
    /// How far a broker's clock may be from ours, in milliseconds; what lies between is left to it.
    private static let skew: Int64 = 60_000

    init(_ entries: [(name: String, value: String)]) {
        for entry in entries { take(entry.name, entry.value) }
    }

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

    /// Why a message is refused for certain; nil when it may be taken.
    ///
    /// - Parameters:
    ///   - size: The bytes of its parts; nil when they are compressed before they are counted.
    ///   - timestamp: Milliseconds since 1970-01-01 UTC; 0 for the time of sending.
    ///   - now: The time.
    func refusal(size: Int?, timestamp: Int64, now: @autoclosure () -> Int64) -> String? {
        if let bytes, let size, size + Self.leastAround > bytes {
            return "it has \(size) bytes, and the topic takes batches of \(bytes) (max.message.bytes)"
        }
        guard keepsTimes, timestamp > 0, times.before < .max || times.after < .max else { return nil }
        let age = now() - timestamp
        if times.before < .max - Self.skew, age > times.before + Self.skew {
            return "it is \(age) ms old, and the topic takes \(times.before) (message.timestamp.before.max.ms)"
        }
        if times.after < .max - Self.skew, -age > times.after + Self.skew {
            return "it is \(-age) ms ahead of time, and the topic takes \(times.after) (message.timestamp.after.max.ms)"
        }
        return nil
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
        case "message.timestamp.type": keepsTimes = value == "CreateTime"
        case "message.timestamp.before.max.ms": times.before = Int64(value) ?? .max
        case "message.timestamp.after.max.ms": times.after = Int64(value) ?? .max
        case "cleanup.policy": needsKeys = value.contains("compact")
        default: break
        }
    }
}
