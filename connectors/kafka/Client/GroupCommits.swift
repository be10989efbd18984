import CRdKafka
import ConnectorKit

/// Decides when the group is told what is durable, and what its answers mean. Pure: no I/O.
///
/// One commit is under way at a time, and none between giving partitions back and the next assignment: its answer would
/// come back refused, for which librdkafka before 2.10 gives up all partitions (confluentinc/librdkafka issue 4059).
struct GroupCommits {
    /// What became of a commit.
    enum Outcome: Equatable {
        case done
        /// It is sent again after a while.
        case again
        /// This member is not of the group any more.
        case expelled
        /// Waiting cannot mend it.
        case failed
    }

    /// Before a refused commit is sent again.
    private static let pause = Duration.milliseconds(200)

    private var underWay: [TopicPartition: Int64]?
    private var notBefore = Duration.zero
    /// Whether the last one was refused.
    private(set) var isTroubled = false

    var isUnderWay: Bool { underWay != nil }

    /// What is to be sent now, of what the group does not know yet.
    mutating func next(
        _ uncommitted: [(TopicPartition, LogPosition)], at now: Duration
    ) -> [(TopicPartition, LogPosition)] {
        guard underWay == nil, now >= notBefore, !uncommitted.isEmpty else { return [] }
        underWay = Dictionary(uncommitted.map { ($0.0, $0.1.offset) }, uniquingKeysWith: { $1 })
        return uncommitted
    }

    /// An answer is of no interest any more for partitions that were taken away.
    mutating func forget(_ partitions: [TopicPartition]) {
        for partition in partitions { underWay?[partition] = nil }
    }

    /// Takes the answer.
    ///
    /// - Parameter refused: What was said of single partitions.
    /// - Returns: What came of it, and what the group knows now.
    mutating func answered(
        _ code: rd_kafka_resp_err_t, refused: [TopicPartition: rd_kafka_resp_err_t], at now: Duration
    ) -> (outcome: Outcome, committed: [TopicPartition: Int64]) {
        let sent = underWay ?? [:]
        underWay = nil
        let worst = ([code] + refused.values).map(Self.outcome).max { $0.rank < $1.rank } ?? .done
        isTroubled = worst != .done
        if worst == .again { notBefore = now + Self.pause }
        let known = sent.filter { Self.outcome(refused[$0.key] ?? code) == .done }
        return (worst, known)
    }

    private static func outcome(_ code: rd_kafka_resp_err_t) -> Outcome {
        switch code {
        // Of a topic that is gone there is nothing to keep.
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__NO_OFFSET: .done
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
            RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
            .expelled
        default: kind(of: code) == .retriable ? .again : .failed
        }
    }
}

extension GroupCommits.Outcome {
    fileprivate var rank: Int {
        switch self {
        case .done: 0
        case .again: 1
        case .expelled: 2
        case .failed: 3
        }
    }
}
