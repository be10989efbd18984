import CRdKafka
import ConnectorKit

extension Consumer {
    /// What a broker said of the end of a partition.
    enum End {
        case offset(Int64)
        case error(rd_kafka_resp_err_t)
    }

    /// Asks a partition's broker how far the partition reaches.
    func end(of partition: TopicPartition, within timeout: Duration) -> End {
        // The time at the end stands for the end; the call made for it (`query_watermark_offsets`) outlasts its timeout.
        guard let list = unsafe Assignment.list([(partition, Int64(RD_KAFKA_OFFSET_END))]) else {
            return .error(RD_KAFKA_RESP_ERR__FAIL)
        }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        var code = unsafe rd_kafka_offsets_for_times(client.raw, list, Int32(timeout.milliseconds))
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { code = unsafe list.pointee.elems[0].err }
        return unsafe code == RD_KAFKA_RESP_ERR_NO_ERROR ? .offset(list.pointee.elems[0].offset) : .error(code)
    }

    /// What is wrong with a partition of which nothing was read for a while; nil when all is well.
    ///
    /// - Parameter next: The offset to be read next, where that is known.
    static func trouble(of partition: TopicPartition, next: Int64?, end: End) -> String? {
        let name = "partition \(partition.number) of topic \(partition.topic)"
        switch end {
        case .error(let code): return "the broker of \(name) does not answer (\(KafkaConnector.name(of: code)))"
        case .offset(let end):
            guard let next else { return end > 0 ? "\(name) holds messages and none comes" : nil }
            return end > next ? "\(end - next) messages wait in \(name) and none comes" : nil
        }
    }

    /// Asks the group's coordinator something of no interest; gives what is wrong, nil when it answers.
    func coordinatorTrouble(within timeout: Duration) -> String? {
        guard let list = unsafe Assignment.list([(TopicPartition(topic: "sluice", number: 0), 0)]) else { return nil }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        let code = unsafe rd_kafka_committed(client.raw, list, Int32(timeout.milliseconds))
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return "the coordinator of the group does not answer (\(KafkaConnector.name(of: code)))"
    }
}
