import CRdKafka
import ConnectorKit

extension Assignment {
    /// librdkafka's list of partitions and offsets, to be destroyed; nil without memory.
    static func list(
        _ offsets: [(TopicPartition, Int64)]
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? {
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(offsets.count)) else { return nil }
        for (partition, offset) in offsets {
            let name = partition.topic.description
            unsafe rd_kafka_topic_partition_list_add(list, name, partition.number)?.pointee.offset = offset
        }
        return unsafe list
    }

    /// The partitions of a list.
    static func partitions(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> [TopicPartition] {
        (0..<Int(unsafe list.pointee.cnt)).map { index in
            let element = unsafe list.pointee.elems[index]
            return unsafe TopicPartition(
                topic: FieldName(interning: String(cString: element.topic)), number: element.partition)
        }
    }

    /// What is wrong with single partitions of a list.
    static func errors(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> [TopicPartition: rd_kafka_resp_err_t] {
        var errors: [TopicPartition: rd_kafka_resp_err_t] = [:]
        for (index, partition) in unsafe partitions(of: list).enumerated() {
            let code = unsafe list.pointee.elems[index].err
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { errors[partition] = code }
        }
        return errors
    }
}
