import CRdKafka
import ConnectorKit

/// Owns a librdkafka client. One thread at a time, like the task that drives it.
@safe
final class KafkaClient {
    let raw: OpaquePointer
    let observer: Observer
    /// What librdkafka's threads may use until the client is gone.
    private var companions: [AnyObject] = []
    /// Serves a consumer that is leaving its group.
    private var leaving: OpaquePointer?
    /// How often in turn no broker answered while it was in doubt whether one ever will.
    private var doubts = 0
    /// With this many, half a second each, there is no doubt any more.
    private static let mostDoubts = 20

    init(_ raw: OpaquePointer, _ observer: Observer) {
        unsafe self.raw = unsafe raw
        self.observer = observer
    }

    // A consumer that is to leave its group in order has begun to before.
    deinit {
        let companions = companions + [observer]
        let end = unsafe ClientEnd(of: raw, keeping: companions, leaving: leaving, observer.rebalance?.join)
        if !end.run() { observer.leftBehind() }
    }

    /// Keeps something until the client is gone.
    func keep(_ companion: AnyObject) { companions.append(companion) }

    /// How the group shares its partitions out: `EAGER`, `COOPERATIVE`, or `NONE` until the consumer has joined; nil when it is
    /// being closed.
    var rebalanceProtocol: String? { unsafe Self.rebalanceProtocol(of: raw) }

    /// The same of any client.
    static func rebalanceProtocol(of client: OpaquePointer) -> String? {
        guard let name = unsafe rd_kafka_rebalance_protocol(client) else { return nil }
        return unsafe String(cString: name)
    }

    /// Has a consumer leave its group, and waits for it at most `timeout`; the rest is done after the client's end.
    func leaveGroup(within timeout: Duration) {
        observer.rebalance?.join.leaving(hasJoined: rebalanceProtocol.map { $0 != "NONE" } ?? true)
        let queue = unsafe rd_kafka_queue_new(raw)
        unsafe leaving = unsafe queue
        if let error = unsafe rd_kafka_consumer_close_queue(raw, queue) { return unsafe rd_kafka_error_destroy(error) }
        if let queue = unsafe queue { unsafe ClientEnd.serve(queue, of: raw, within: timeout) }
    }

    /// Asks the brokers for what they know of a topic, or of themselves.
    ///
    /// - Returns: The topic's error; none without a topic. The call's own error when no broker answered in time.
    func metadata(
        of topic: OpaquePointer? = nil, timeout: Duration
    ) -> (call: rd_kafka_resp_err_t, topic: rd_kafka_resp_err_t) {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(raw, 0, topic, &metadata, Int32(timeout.milliseconds))
        guard let metadata = unsafe metadata else { return (code, RD_KAFKA_RESP_ERR_NO_ERROR) }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        observer.answered()
        guard unsafe topic != nil, unsafe metadata.pointee.topic_cnt > 0 else {
            return (code, RD_KAFKA_RESP_ERR_NO_ERROR)
        }
        return unsafe (code, metadata.pointee.topics[0].err)
    }

    /// How many partitions a topic has; nil when there is none of this name, or no broker said so in time.
    func partitionCount(of name: String, within timeout: Duration) -> Int32? {
        guard let topic = unsafe rd_kafka_topic_new(raw, name, nil) else { return nil }
        defer { unsafe rd_kafka_topic_destroy(topic) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        unsafe _ = rd_kafka_metadata(raw, 0, topic, &metadata, Int32(timeout.milliseconds))
        guard let metadata = unsafe metadata else { return nil }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        guard unsafe metadata.pointee.topic_cnt > 0 else { return nil }
        let found = unsafe metadata.pointee.topics[0]
        return unsafe found.err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt > 0 ? found.partition_cnt : nil
    }

    /// The names of all topics that this user may see; nil when no broker told them in time.
    func topicNames(within timeout: Duration) -> Set<String>? {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        unsafe _ = rd_kafka_metadata(raw, 1, nil, &metadata, Int32(timeout.milliseconds))
        guard let metadata = unsafe metadata else { return nil }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        let topics = unsafe UnsafeBufferPointer(
            start: metadata.pointee.topics, count: Int(metadata.pointee.topic_cnt))
        return unsafe Set(topics.map { unsafe String(cString: $0.topic) })
    }

    /// The id of the cluster; nil when no broker told it in time.
    func clusterID(within timeout: Duration) -> String? {
        guard let text = unsafe rd_kafka_clusterid(raw, Int32(timeout.milliseconds)) else { return nil }
        defer { unsafe rd_kafka_mem_free(raw, text) }
        return unsafe String(cString: text)
    }

    /// The number of one of the brokers; nil when none answered in time.
    func anyBroker(timeout: Duration) -> Int32? {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        unsafe _ = rd_kafka_metadata(raw, 0, nil, &metadata, Int32(timeout.milliseconds))
        guard let metadata = unsafe metadata else { return nil }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        return unsafe metadata.pointee.broker_cnt > 0 ? metadata.pointee.brokers[0].id : nil
    }

    /// Why waiting is of no use; nil while it may be. When in doubt a broker is asked, for half a second.
    func hopelessness() -> ConnectorError? {
        if let fatalError { return fatalError }
        guard let lasting = observer.lasting else {
            doubts = 0
            return nil
        }
        guard observer.isInDoubt else { return lasting }
        doubts += 1
        guard unsafe metadata(timeout: .milliseconds(500)).call != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return doubts < Self.mostDoubts ? nil : lasting
    }

    /// The reason when the client can no longer be used.
    var fatalError: ConnectorError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = unsafe rd_kafka_fatal_error(raw, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        if code == RD_KAFKA_RESP_ERR__FENCED { return fenced(cText(text)) }
        let error = connectorError(code, "the Kafka client cannot go on", cText(text))
        return error.kind == .configuration ? error : .fatal(error.message, native: error.native)
    }
}
