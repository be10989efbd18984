internal import Synchronization

/// Asks where partitions are to be read on that a source is given while it runs, such as those of a consumer group.
///
/// The source requests them when they are assigned to it, goes on with what it has, and finds the answers in a later
/// ``Source/poll(into:)``. The worker first makes durable what the task still has in flight of these partitions, then has
/// every sink take them over with ``Sink/claim(_:)``. Safe from any thread.
public final class PartitionClaims: Sendable {
    /// What is asked for: partitions, under the number of their request.
    public struct Request: Sendable {
        /// Names the request.
        public let number: Int
        /// What is to be read.
        public let partitions: [PositionFields]
    }

    /// Where one partition is to be read on.
    public struct Answer: Sendable, Equatable {
        /// The request, by which an answer is known that came too late: the partition was taken away meanwhile.
        public let request: Int
        /// What is to be read.
        public let partition: PositionFields
        /// The offset that each sink has stored with its data, of which the smallest counts; nil when a sink stores none, or
        /// has none of this partition: then the source goes on where its own system says, which is never beyond these.
        public let offsets: [PositionFields]?
        /// Whether another worker's sinks may have got further than ``offsets`` tell
        /// (``SinkDefinition/storesPositionsLocally``): then the offset that the source's own system holds counts where it is
        /// the later one.
        public let isLocal: Bool

        /// Answers for one partition.
        public init(request: Int, partition: PositionFields, offsets: [PositionFields]?, isLocal: Bool = false) {
            self.request = request
            self.partition = partition
            self.offsets = offsets
            self.isLocal = isLocal
        }
    }

    private struct State {
        var last = 0
        var requests: [Request] = []
        var answers: [Answer] = []
        var isHurried = false
    }

    private let state = Mutex(State())

    /// Nothing is asked for.
    public init() {}

    /// Asks where `partitions` are to be read on; for the source.
    ///
    /// - Returns: The number of the request, always above those before it.
    public func request(_ partitions: [PositionFields]) -> Int {
        state.withLock { state in
            state.last += 1
            state.requests.append(Request(number: state.last, partitions: partitions))
            return state.last
        }
    }

    /// The answers since the last call; for the source.
    public func takeAnswers() -> [Answer] {
        state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
    }

    /// Asks the worker to commit soon instead of at its next interval, since partitions are wanted back that have records in
    /// flight; for the source.
    public func hurry() { state.withLock { $0.isHurried = true } }

    /// Whether a commit was asked for since the last call; for the worker.
    public func takeHurry() -> Bool {
        state.withLock { state in
            defer { state.isHurried = false }
            return state.isHurried
        }
    }

    /// The oldest request that was not taken; nil when there is none. For the worker.
    public func takeRequest() -> Request? {
        state.withLock { $0.requests.isEmpty ? nil : $0.requests.removeFirst() }
    }

    /// Gives answers; for the worker.
    public func answer(_ answers: [Answer]) { state.withLock { $0.answers += answers } }
}
