import CRdKafka
import ConnectorKit

/// Offsets of a consumer group that a transaction is to commit, as librdkafka takes them.
@safe
final class OffsetCommit {
    private let client: KafkaClient
    private let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    private let metadata: OpaquePointer
    /// What librdkafka answered, for who takes it; nil when all is well.
    private(set) var error: OpaquePointer?

    /// - Parameter metadata: The group's, which this destroys.
    init(
        _ offsets: [(TopicPartition, LogPosition)], _ notes: CommitNotes, _ metadata: OpaquePointer,
        _ client: KafkaClient
    ) throws(ConnectorError) {
        guard let list = unsafe Assignment.list(offsets, notes) else {
            unsafe rd_kafka_consumer_group_metadata_destroy(metadata)
            throw .fatal("librdkafka is out of memory")
        }
        unsafe (self.client, self.list, self.metadata) = unsafe (client, list, metadata)
    }

    deinit {
        unsafe rd_kafka_topic_partition_list_destroy(list)
        unsafe rd_kafka_consumer_group_metadata_destroy(metadata)
    }

    /// Adds the offsets to the open transaction.
    func send(within timeout: Duration) {
        unsafe error = rd_kafka_send_offsets_to_transaction(client.raw, list, metadata, Int32(timeout.milliseconds))
    }
}

extension Producer {
    /// How much later than it should a call may return that heeds its time limit.
    private static let slack = Duration.seconds(2)

    /// Has the open transaction commit offsets of a consumer group.
    ///
    /// librdkafka is given the whole time at once: what it begins anew after a short one may never end.
    ///
    /// - Parameters:
    ///   - notes: What is to stand beside the offsets.
    ///   - group: The group's metadata, as `rd_kafka_consumer_group_metadata_write` gives it.
    func sendOffsets(
        _ offsets: [(TopicPartition, LogPosition)], _ notes: CommitNotes, group: [UInt8], within timeout: Duration
    ) throws(TransactionFault) {
        let what = "adding the consumer group's offsets to a transaction"
        let commit: OffsetCommit
        do throws(ConnectorError) {
            commit = try unsafe OffsetCommit(offsets, notes, metadata(of: group), client)
        } catch {
            throw TransactionFault(remedy: .none, error: error)
        }
        let end = WorkerClock.system.monotonic + timeout + Self.slack
        let hasReturned = DetachedCall { commit.send(within: timeout) }
            .run { !patience.isOver && WorkerClock.system.monotonic < end }
        guard hasReturned else {
            let error = ConnectorError.restartable("\(what) failed: librdkafka did not return from it")
            throw TransactionFault(remedy: .none, error: error)
        }
        do throws(TransactionFault) { try unsafe check(commit.error, what) } catch {
            // A topic that was deleted meanwhile: the next start does without it.
            guard error.error.native == name(of: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) else { throw error }
            let deleted = ConnectorError.restartable(
                "\(error.error.message); a topic was deleted", native: error.error.native)
            throw TransactionFault(remedy: error.remedy, error: deleted)
        }
    }

    private func metadata(of group: [UInt8]) throws(ConnectorError) -> OpaquePointer {
        var metadata: OpaquePointer?
        let error = unsafe group.withUnsafeBytes { bytes in
            unsafe rd_kafka_consumer_group_metadata_read(&metadata, bytes.baseAddress, bytes.count)
        }
        do throws(TransactionFault) { try unsafe check(error, "reading the consumer group's metadata") } catch {
            throw error.error
        }
        guard let metadata = unsafe metadata else { throw .fatal("librdkafka is out of memory") }
        return unsafe metadata
    }
}
