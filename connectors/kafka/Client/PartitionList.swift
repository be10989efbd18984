import CRdKafka
import ConnectorKit
import Glibc

extension Assignment {
    /// librdkafka's list of partitions and offsets, to be destroyed; nil without memory.
    static func list(
        _ offsets: [(TopicPartition, Int64)]
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? {
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(offsets.count)) else { return nil }
        for (partition, offset) in offsets {
            unsafe rd_kafka_topic_partition_list_add(list, partition.topic, partition.number)?.pointee.offset = offset
        }
        return unsafe list
    }

    /// The same, of places with what is to stand beside each offset in the group.
    static func list(
        _ places: [(TopicPartition, LogPosition)], _ notes: CommitNotes
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? {
        guard let list = unsafe list(places.map { ($0.0, $0.1.offset) }) else { return nil }
        for (index, (partition, place)) in places.enumerated() {
            guard let text = notes.metadata(place, of: partition.topic) else { continue }
            // The list frees it.
            unsafe list.pointee.elems[index].metadata = UnsafeMutableRawPointer(strdup(text))
            unsafe list.pointee.elems[index].metadata_size = text.utf8.count
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
                topic: String(cString: element.topic), number: element.partition)
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
