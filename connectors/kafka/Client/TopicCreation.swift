import CRdKafka
import ConnectorKit

/// How to create a topic that is missing.
struct TopicCreation: Sendable {
    let partitions: Int32
    let replication: Int32
    /// Settings of the topic that differ from the brokers' defaults.
    var settings: [(name: String, value: String)] = []

    /// Creates a topic and waits until the brokers agreed, at most 10 seconds; one that is there already is left alone.
    func create(_ topic: String, _ client: KafkaClient, _ patience: Patience = Patience()) throws(ConnectorError) {
        var text = [CChar](repeating: 0, count: 512)
        guard let wanted = unsafe rd_kafka_NewTopic_new(topic, partitions, replication, &text, text.count) else {
            throw .configuration("topic \(topic) cannot be created: \(cText(text))")
        }
        defer { unsafe rd_kafka_NewTopic_destroy(wanted) }
        for (name, value) in settings { unsafe _ = rd_kafka_NewTopic_set_config(wanted, name, value) }
        guard let queue = unsafe rd_kafka_queue_new(client.raw) else { throw .fatal("librdkafka is out of memory") }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        var topics: [OpaquePointer?] = unsafe [wanted]
        unsafe rd_kafka_CreateTopics(client.raw, &topics, 1, nil, queue)
        var event: OpaquePointer?
        for _ in 0..<20 where unsafe event == nil && !patience.isOver {
            unsafe event = rd_kafka_queue_poll(queue, Int32(patience.turn.milliseconds))
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let code = unsafe Self.outcome(of: event)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { return }
        throw connectorError(code, "creating topic \(topic) failed")
    }

    private static func outcome(of event: OpaquePointer?) -> rd_kafka_resp_err_t {
        guard let event = unsafe event else { return RD_KAFKA_RESP_ERR__TIMED_OUT }
        guard unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return unsafe rd_kafka_event_error(event)
        }
        var count = 0
        let result = unsafe rd_kafka_event_CreateTopics_result(event)
        guard let topics = unsafe rd_kafka_CreateTopics_result_topics(result, &count), count == 1 else {
            return RD_KAFKA_RESP_ERR__FAIL
        }
        return unsafe rd_kafka_topic_result_error(topics[0])
    }
}
