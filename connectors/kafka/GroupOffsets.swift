import ConnectorKit

/// The offsets of the consumer group that a transaction commits together with the records read up to them.
///
/// The brokers take them only from a member of the group as it is now: those of an earlier generation are refused, and their
/// transaction cannot be committed. So a partition's former owner can make nothing visible once another has it.
struct GroupOffsets: Sendable {
    let membership: ConsumerGroup.Membership

    /// Adds the offsets of `positions` to the open transaction.
    func send(
        _ positions: [PositionFields: PositionFields], with producer: Producer, within timeout: Duration
    ) throws(TransactionFault) {
        let offsets = positions.compactMap { partition, offset in
            TopicPartition(partition).flatMap { partition in LogPosition(offset).map { (partition, $0) } }
        }
        guard offsets.count == positions.count else {
            throw TransactionFault(remedy: .abort, error: .fatal("a position is not one of the kafka source"))
        }
        if offsets.isEmpty { return }
        guard let metadata = membership.metadata() else {
            throw TransactionFault(
                remedy: .abort, error: .restartable("the task is not a member of its consumer group any more"))
        }
        try producer.sendOffsets(offsets, CommitNotes.of(membership.id), group: metadata, within: timeout)
    }
}
