import CRdKafka
import ConnectorKit

extension Assignment {
    /// Begins to read what the sinks have taken over.
    ///
    /// - Parameter queue: Where messages go.
    func begin(_ client: OpaquePointer, into queue: OpaquePointer) {
        // librdkafka would take partitions that it is about to give up for kept.
        guard unsafe rd_kafka_assignment_lost(client) == 0 else { return }
        let (from, moved) = holdings.begin(atOnce: !isIncremental)
        guard !from.isEmpty, let list = unsafe Self.list(from) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        if !moved.isEmpty { unsafe stop(moved, client) }
        for (partition, _) in from { unsafe Self.forward(partition, of: client, to: queue) }
        unsafe take(list, client)
    }

    /// Has librdkafka stop fetching partitions, and waits until it has, for a second at most: it then gives their messages
    /// to no queue of ours any more. A seek has no effect on one whose offset was out of range, but is answered after what
    /// was asked before it.
    private func stop(_ partitions: [TopicPartition], _ client: OpaquePointer) {
        unsafe giveUp(partitions, client)
        guard let list = unsafe Self.list(partitions.map { ($0, 0) }) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        if let error = unsafe rd_kafka_seek_partitions(client, list, 1000) { unsafe rd_kafka_error_destroy(error) }
    }

    /// Messages have a queue of their own, so that the group's news can be heard while nobody reads them.
    private static func forward(_ partition: TopicPartition, of client: OpaquePointer, to queue: OpaquePointer) {
        guard
            let own = unsafe rd_kafka_queue_get_partition(client, partition.topic, partition.number)
        else { return }
        unsafe rd_kafka_queue_forward(own, queue)
        unsafe rd_kafka_queue_destroy(own)
    }
}
