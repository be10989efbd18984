internal import Synchronization

/// What a source that is a member of a Kafka consumer group tells the sinks of its task, so that a sink in the same cluster
/// can commit the group's offsets in the transactions of its records.
///
/// Safe from any thread.
public final class ConsumerGroup: Sendable {
    /// A member of a group, as it stands now.
    public struct Membership: Sendable {
        /// The group's id.
        public let id: String
        /// The id of the cluster that the group is of.
        public let cluster: String
        /// The group's metadata in librdkafka's portable form (`rd_kafka_consumer_group_metadata_write`), made anew by each
        /// call; nil while the task is no member. May be called on a sink's thread until the source's `stop` returns.
        public let metadata: @Sendable () -> [UInt8]?
        /// Whether it reads committed data alone, and begins at no offset whose transaction is still open.
        public let readsCommitted: Bool
        /// Whether the group has no other member; nil while that is not known. May be called as ``metadata`` is.
        public let isAlone: @Sendable () -> Bool?

        /// Describes a member.
        public init(
            id: String, cluster: String, readsCommitted: Bool, isAlone: @escaping @Sendable () -> Bool?,
            metadata: @escaping @Sendable () -> [UInt8]?
        ) {
            self.id = id
            self.cluster = cluster
            self.readsCommitted = readsCommitted
            self.isAlone = isAlone
            self.metadata = metadata
        }
    }

    private struct State {
        var membership: Membership?
        var isCommittedBySink = false
    }

    /// Whether the task has but one sink: with several the group's offset must not be ahead of any, so none commits it.
    public let hasOneSink: Bool
    private let state = Mutex(State())

    /// No member yet.
    public init(hasOneSink: Bool = true) { self.hasOneSink = hasOneSink }

    /// The membership of the task's source; nil when the source is of no group, or has ended.
    public var membership: Membership? {
        get { state.withLock { $0.membership } }
        set { state.withLock { $0.membership = newValue } }
    }

    /// Whether a sink commits the group's offsets, so that the source must not.
    public var isCommittedBySink: Bool {
        get { state.withLock { $0.isCommittedBySink } }
        set { state.withLock { $0.isCommittedBySink = newValue } }
    }
}
