import CRdKafka
import ConnectorKit

@testable import KafkaConnector

/// A member of a consumer group of its own making: librdkafka's consumer without ours around it.
@safe
final class GroupMember: @unchecked Sendable {
    // `@unchecked`: librdkafka locks its client.
    private let raw: OpaquePointer
    private let group: String

    /// The client could not be made.
    struct StartError: Error {}

    /// Joins the group, and waits until it has partitions.
    init(_ servers: String, group: String, topic: String) throws {
        self.group = group
        let conf = unsafe rd_kafka_conf_new()
        let properties = [
            ("bootstrap.servers", servers), ("group.id", group), ("enable.auto.commit", "false"),
            ("auto.offset.reset", "earliest"), ("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "500"),
            ("partition.assignment.strategy", "cooperative-sticky"),
        ]
        for (name, value) in properties { unsafe _ = rd_kafka_conf_set(conf, name, value, nil, 0) }
        unsafe rd_kafka_conf_set_log_cb(conf, nil)
        guard let client = unsafe rd_kafka_new(RD_KAFKA_CONSUMER, conf, nil, 0) else { throw StartError() }
        unsafe raw = unsafe client
        unsafe rd_kafka_poll_set_consumer(client)
        let list = unsafe rd_kafka_topic_partition_list_new(1)
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        unsafe _ = rd_kafka_topic_partition_list_add(list, topic, -1)
        unsafe _ = rd_kafka_subscribe(client, list)
        for _ in 0..<600 where partitions == 0 { poll() }
        guard partitions > 0 else { throw StartError() }
    }

    deinit { unsafe rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }

    /// Takes part in rebalances and drops what it receives.
    func poll() {
        if let message = unsafe rd_kafka_consumer_poll(raw, 100) { unsafe rd_kafka_message_destroy(message) }
    }

    /// How many partitions it has.
    var partitions: Int {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        unsafe _ = rd_kafka_assignment(raw, &list)
        guard let list = unsafe list else { return 0 }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        return Int(unsafe list.pointee.cnt)
    }

    /// The group's offset of a partition; below 0 when it has none.
    func committed(_ topic: String, _ partition: Int32) -> Int64 {
        let list = unsafe rd_kafka_topic_partition_list_new(1)
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        unsafe _ = rd_kafka_topic_partition_list_add(list, topic, partition)
        unsafe _ = rd_kafka_committed(raw, list, 10_000)
        return unsafe list?.pointee.elems[0].offset ?? -1
    }

    func membership(readsCommitted: Bool = true, isAlone: Bool? = true) throws -> ConsumerGroup.Membership {
        guard let id = unsafe rd_kafka_clusterid(raw, 10_000) else { throw StartError() }
        defer { unsafe rd_kafka_mem_free(raw, id) }
        return unsafe ConsumerGroup.Membership(
            id: group, cluster: String(cString: id), readsCommitted: readsCommitted, isAlone: { isAlone },
            metadata: { self.metadata })
    }

    /// The group's metadata as it is now.
    var metadata: [UInt8]? {
        guard let metadata = unsafe rd_kafka_consumer_group_metadata(raw) else { return nil }
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        guard unsafe rd_kafka_consumer_group_metadata_write(metadata, &bytes, &count) == nil else { return nil }
        defer { unsafe rd_kafka_mem_free(raw, bytes) }
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
