import CRdKafka
import ConnectorKit

extension Consumer {
    /// What the group holds of a partition.
    struct Committed {
        /// Nil where it has none.
        let place: LogPosition?
        let metadata: PositionFields?
    }

    /// Asks the group for its offsets of partitions; nil when it does not answer in time.
    func committed(_ partitions: [TopicPartition], within timeout: Duration) -> [TopicPartition: Committed]? {
        guard let list = unsafe Assignment.list(partitions.map { ($0, Int64(RD_KAFKA_OFFSET_INVALID)) }) else {
            return nil
        }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        let code = unsafe rd_kafka_committed(client.raw, list, Int32(timeout.milliseconds))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        let entries = unsafe UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
        guard unsafe entries.allSatisfy({ unsafe $0.err == RD_KAFKA_RESP_ERR_NO_ERROR }) else { return nil }
        let found = unsafe entries.map { unsafe Self.committed($0) }
        return Dictionary(zip(partitions, found), uniquingKeysWith: { $1 })
    }

    private static func committed(_ entry: rd_kafka_topic_partition_t) -> Committed {
        guard unsafe entry.offset >= 0 else { return Committed(place: nil, metadata: nil) }
        let bytes = unsafe UnsafeRawBufferPointer(start: entry.metadata, count: entry.metadata_size)
        // Other clients write what they like, or nothing.
        let metadata = unsafe PositionFields(json: String(decoding: bytes, as: UTF8.self))
        return Committed(place: unsafe LogPosition(offset: entry.offset, metadata: metadata), metadata: metadata)
    }

    /// Asks brokers where partitions begin and end; without those of which no broker knows it now.
    func bounds(
        of partitions: [TopicPartition], within timeout: Duration, until isOver: () -> Bool
    ) -> [TopicPartition: (low: Int64, high: Int64)] {
        // One topic that is gone has the call fail for all.
        let together = offsets(of: partitions, at: RD_KAFKA_OFFSET_END, within: timeout)
        let groups = together.isEmpty ? Dictionary(grouping: partitions, by: \.topic).map(\.value) : [partitions]
        var bounds: [TopicPartition: (low: Int64, high: Int64)] = [:]
        for group in groups where !isOver() {
            let highs = together.isEmpty ? offsets(of: group, at: RD_KAFKA_OFFSET_END, within: timeout) : together
            if highs.isEmpty { continue }
            let lows = offsets(of: Array(highs.keys), at: RD_KAFKA_OFFSET_BEGINNING, within: timeout)
            for (partition, low) in lows { bounds[partition] = highs[partition].map { (low, max(low, $0)) } }
        }
        return bounds
    }

    /// A logical offset stands for a time. `rd_kafka_query_watermark_offsets` outlasts its timeout.
    private func offsets(
        of partitions: [TopicPartition], at logical: Int32, within timeout: Duration
    ) -> [TopicPartition: Int64] {
        guard !partitions.isEmpty, let list = unsafe Assignment.list(partitions.map { ($0, Int64(logical)) }) else {
            return [:]
        }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        let code = unsafe rd_kafka_offsets_for_times(client.raw, list, Int32(timeout.milliseconds))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return [:] }
        var offsets: [TopicPartition: Int64] = [:]
        for (index, partition) in unsafe Assignment.partitions(of: list).enumerated() {
            let entry = unsafe list.pointee.elems[index]
            if unsafe entry.err == RD_KAFKA_RESP_ERR_NO_ERROR, unsafe entry.offset >= 0 {
                offsets[partition] = unsafe entry.offset
            }
        }
        return offsets
    }
}
