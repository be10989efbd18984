import CRdKafka

/// librdkafka's own cluster of brokers, in this process and on loopback; it ends with this object.
@safe
final class MockCluster: @unchecked Sendable {
    // `@unchecked`: librdkafka locks its cluster.
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    let servers: String

    /// librdkafka could not make one.
    struct StartError: Error {}

    init() throws {
        let conf = unsafe rd_kafka_conf_new()
        unsafe rd_kafka_conf_set_log_cb(conf, nil)
        guard let client = unsafe rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0) else { throw StartError() }
        guard let cluster = unsafe rd_kafka_mock_cluster_new(client, 1) else { throw StartError() }
        unsafe self.client = unsafe client
        unsafe self.cluster = unsafe cluster
        unsafe servers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit {
        unsafe rd_kafka_mock_cluster_destroy(cluster)
        unsafe rd_kafka_destroy(client)
    }

    func create(_ topic: String, partitions: Int32 = 1) {
        unsafe _ = rd_kafka_mock_topic_create(cluster, topic, partitions, 1)
    }

    /// Every request about this topic is answered with an error.
    func fail(_ topic: String, _ code: rd_kafka_resp_err_t) {
        unsafe rd_kafka_mock_topic_set_error(cluster, topic, code)
    }

    /// The next produce requests are answered with these errors.
    func failProducing(_ codes: [rd_kafka_resp_err_t]) { fail(0, codes) }

    /// The next members get no partitions: their requests for them (SyncGroup) are answered with an error.
    func failAssigning(times: Int) { fail(14, Array(repeating: RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, count: times)) }

    private func fail(_ request: Int16, _ codes: [rd_kafka_resp_err_t]) {
        unsafe codes.withUnsafeBufferPointer {
            unsafe rd_kafka_mock_push_request_errors_array(cluster, request, $0.count, $0.baseAddress)
        }
    }

    func stopBroker() { unsafe _ = rd_kafka_mock_broker_set_down(cluster, 1) }
    func startBroker() { unsafe _ = rd_kafka_mock_broker_set_up(cluster, 1) }
}
