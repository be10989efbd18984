import CRdKafka
import ConnectorTestKit

extension MockCluster {
    /// What partition 0 of a topic holds, keys and values as they stand there; asked for by a bare consumer.
    func messages(of topic: String) throws -> [SampleRecord] {
        let conf = unsafe rd_kafka_conf_new()
        for (name, value) in [("bootstrap.servers", servers), ("group.id", "reader"), ("enable.partition.eof", "true")]
        {
            unsafe rd_kafka_conf_set(conf, name, value, nil, 0)
        }
        guard let consumer = unsafe rd_kafka_new(RD_KAFKA_CONSUMER, conf, nil, 0) else { throw StartError() }
        defer { unsafe rd_kafka_destroy(consumer) }
        let partitions = unsafe rd_kafka_topic_partition_list_new(1)
        defer { unsafe rd_kafka_topic_partition_list_destroy(partitions) }
        unsafe rd_kafka_topic_partition_list_add(partitions, topic, 0).pointee.offset = 0
        unsafe rd_kafka_assign(consumer, partitions)
        return try unsafe Self.readToEnd(consumer)
    }

    @unsafe private static func readToEnd(_ consumer: OpaquePointer) throws -> [SampleRecord] {
        var records: [SampleRecord] = []
        while true {
            guard let message = unsafe rd_kafka_consumer_poll(consumer, 30_000) else { throw StartError() }
            defer { unsafe rd_kafka_message_destroy(message) }
            if unsafe message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF { return records }
            guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            unsafe records.append(
                SampleRecord(
                    key: text(message.pointee.key, message.pointee.key_len),
                    value: text(message.pointee.payload, message.pointee.len) ?? "null"))
        }
    }

    @unsafe private static func text(_ bytes: UnsafeMutableRawPointer?, _ count: Int) -> String? {
        guard let bytes = unsafe bytes else { return nil }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
