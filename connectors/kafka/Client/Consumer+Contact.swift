import CRdKafka
import ConnectorKit

extension Consumer {
    /// Asks a partition's broker how far the partition reaches.
    ///
    /// - Parameter next: The offset to be read next, where that is known.
    /// - Returns: What is wrong, when nothing was read meanwhile; nil when all is well.
    func trouble(of partition: TopicPartition, next: Int64?, within timeout: Duration) -> String? {
        let name = "partition \(partition.number) of topic \(partition.topic)"
        guard let list = unsafe rd_kafka_topic_partition_list_new(1) else { return nil }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        guard
            let asked = unsafe rd_kafka_topic_partition_list_add(list, partition.topic.description, partition.number)
        else { return nil }
        // The time at the end stands for the end; the call made for it (`query_watermark_offsets`) outlasts its timeout.
        unsafe asked.pointee.offset = Int64(RD_KAFKA_OFFSET_END)
        var code = unsafe rd_kafka_offsets_for_times(client.raw, list, Int32(timeout.milliseconds))
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { code = unsafe asked.pointee.err }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return "the broker of \(name) does not answer (\(KafkaConnector.name(of: code)))"
        }
        let end = unsafe asked.pointee.offset
        guard let next else { return end > 0 ? "\(name) holds messages and none comes" : nil }
        return end > next ? "\(end - next) messages wait in \(name) and none comes" : nil
    }

    /// Asks the group's coordinator something of no interest; gives what is wrong, nil when it answers.
    func coordinatorTrouble(within timeout: Duration) -> String? {
        guard let list = unsafe rd_kafka_topic_partition_list_new(1) else { return nil }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        unsafe _ = rd_kafka_topic_partition_list_add(list, "sluice", 0)
        let code = unsafe rd_kafka_committed(client.raw, list, Int32(timeout.milliseconds))
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return "the coordinator of the group does not answer (\(KafkaConnector.name(of: code)))"
    }
}
