import CRdKafka
import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("Partitions of a group") struct HoldingsTests {
    private let first = TopicPartition(topic: "t", number: 0)
    private let second = TopicPartition(topic: "t", number: 1)

    /// Partitions that are read from these offsets on.
    private func reading(_ offsets: [TopicPartition: Int64?]) -> Holdings {
        var holdings = Holdings()
        holdings.give(Array(offsets.keys))
        holdings.asked(holdings.unasked, request: 1)
        for (partition, offset) in offsets { holdings.answered(partition, request: 1, offset: offset) }
        _ = holdings.begin(atOnce: false)
        return holdings
    }

    @Test func nothingIsReadBeforeTheSinksHaveAnswered() {
        var holdings = Holdings()
        holdings.give([first, second])
        #expect(Set(holdings.unasked) == [first, second])
        holdings.asked([first, second], request: 2)
        #expect(holdings.unasked.isEmpty && holdings.begin(atOnce: false).isEmpty && !holdings.reads(first))
        holdings.answered(first, request: 1, offset: 9)
        #expect(holdings.begin(atOnce: false).isEmpty)
        holdings.answered(first, request: 2, offset: 5)
        #expect(holdings.begin(atOnce: true).isEmpty)
        let begun = holdings.begin(atOnce: false)
        #expect(begun.count == 1 && begun.first?.0 == first && begun.first?.offset == 5)
        #expect(holdings.reads(first) && !holdings.reads(second))
    }

    @Test(arguments: [(5, nil, 5), (5, 3, 5), (5, 5, 5), (5, 9, 9)] as [(Int64, Int64?, Int64)])
    func whereOtherWorkersCannotSeeTheGroupMayBeFurther(_ own: Int64, _ group: Int64?, _ begin: Int64) {
        var holdings = Holdings()
        holdings.give([first])
        holdings.asked([first], request: 2)
        holdings.answered(first, request: 2, offset: own, isLocal: true)
        #expect(holdings.begin(atOnce: false).isEmpty && holdings.begin(atOnce: true).isEmpty)
        #expect(holdings.toCompare == [first: 2])
        // What was asked for an earlier claim is of no interest.
        holdings.compared(first, request: 1, with: 7)
        #expect(holdings.begin(atOnce: false).isEmpty)
        holdings.compared(first, request: 2, with: group)
        #expect(holdings.toCompare.isEmpty && holdings.begin(atOnce: true).map(\.offset) == [begin])
    }

    @Test func withoutAPositionThereIsNothingToCompare() {
        var holdings = Holdings()
        holdings.give([first])
        holdings.asked([first], request: 2)
        holdings.answered(first, request: 2, offset: nil, isLocal: true)
        #expect(holdings.toCompare.isEmpty && holdings.begin(atOnce: false).map(\.offset) == [nil])
    }

    @Test func whatComesBackIsAskedForAnew() {
        var holdings = reading([first: 5])
        #expect(holdings.drop([first]) == [first])
        holdings.give([first])
        holdings.answered(first, request: 1, offset: 5)
        #expect(holdings.begin(atOnce: false).isEmpty && holdings.unasked == [first])
        #expect(holdings.takeDropped() == [first] && holdings.takeDropped().isEmpty)
    }

    @Test func theGroupIsToldOfThePresentClaimAlone() {
        var holdings = reading([first: 5, second: nil])
        holdings.read(first, upTo: 8)
        #expect(holdings.takeReached() == [first: 8])
        #expect(holdings.isInFlight(anyOf: [first]) && !holdings.isInFlight(anyOf: [second]))
        holdings.durable(first, upTo: 8)
        #expect(holdings.uncommitted.map(\.1) == [8])
        _ = holdings.drop([first])
        #expect(holdings.uncommitted.isEmpty)
        holdings.give([first])
        // It was durable in the sinks before they were asked again; another member may be further on.
        holdings.durable(first, upTo: 8)
        #expect(holdings.uncommitted.isEmpty)
    }

    @Test func whatIsCommittedNeverGoesBack() {
        var holdings = reading([first: 5])
        holdings.read(first, upTo: 9)
        _ = holdings.takeReached()
        holdings.durable(first, upTo: 9)
        holdings.committed(first, upTo: 9)
        holdings.durable(first, upTo: 7)
        #expect(holdings.uncommitted.isEmpty && !holdings.isInFlight(anyOf: [first]))
    }

    @Test func aTopicThatWasMadeAnewBeginsAnew() {
        var holdings = reading([first: 5])
        holdings.read(first, upTo: 9)
        _ = holdings.takeReached()
        holdings.durable(first, upTo: 9)
        holdings.committed(first, upTo: 9)
        holdings.read(first, upTo: 1)
        #expect(holdings.takeReached() == [first: 1])
        holdings.durable(first, upTo: 1)
        #expect(holdings.uncommitted.map(\.1) == [1])
    }

    @Test(
        arguments: [
            (nil, 0, 0), (nil, 7, 7), (5, 5, nil), (5, 6, 6),
        ] as [(Int64?, Int64, Int64?)])
    func theEndBehindAMarkerCountsAsReached(start: Int64?, end: Int64, reached: Int64?) {
        var holdings = reading([first: start])
        holdings.reachedEnd(of: first, at: end)
        #expect(holdings.takeReached()[first] == reached)
        #expect(holdings.isAtEnd && !holdings.isInFlight(anyOf: [first]))
    }

    @Test func whatIsLeavingIsReadNoFurther() {
        var holdings = reading([first: 0, second: 0])
        holdings.leave([first])
        #expect(!holdings.reads(first) && holdings.reads(second) && !holdings.isAtEnd)
    }
}

@Suite("Commits to a group") struct GroupCommitsTests {
    private let first = TopicPartition(topic: "t", number: 0)
    private let second = TopicPartition(topic: "gone", number: 0)

    @Test func oneIsUnderWayAtATime() {
        var commits = GroupCommits()
        #expect(commits.next([(first, 3)], at: .zero).count == 1)
        #expect(commits.next([(first, 4)], at: .seconds(9)).isEmpty)
        let answer = commits.answered(RD_KAFKA_RESP_ERR_NO_ERROR, refused: [:], at: .seconds(9))
        #expect(answer.outcome == .done && answer.committed == [first: 3])
        #expect(commits.next([(first, 4)], at: .seconds(9)).count == 1)
    }

    @Test(
        arguments: [
            (RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, .again), (RD_KAFKA_RESP_ERR__TRANSPORT, .again),
            (RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, .expelled), (RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, .expelled),
            (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, .failed),
        ] as [(rd_kafka_resp_err_t, GroupCommits.Outcome)])
    func refusalsHaveTheirOutcome(code: rd_kafka_resp_err_t, outcome: GroupCommits.Outcome) {
        var commits = GroupCommits()
        _ = commits.next([(first, 3)], at: .zero)
        let answer = commits.answered(code, refused: [:], at: .zero)
        #expect(answer.outcome == outcome && answer.committed.isEmpty)
        #expect(commits.next([(first, 3)], at: .zero).isEmpty == (outcome == .again))
        #expect(outcome != .again || commits.next([(first, 3)], at: .seconds(1)).count == 1)
    }

    @Test func aTopicThatIsGoneKeepsNothingBack() {
        var commits = GroupCommits()
        _ = commits.next([(first, 3), (second, 5)], at: .zero)
        let answer = commits.answered(
            RD_KAFKA_RESP_ERR_NO_ERROR, refused: [second: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART], at: .zero)
        #expect(answer.outcome == .done && answer.committed == [first: 3, second: 5])
    }

    @Test func anAnswerCountsForNothingThatWasTakenAway() {
        var commits = GroupCommits()
        _ = commits.next([(first, 3), (second, 5)], at: .zero)
        commits.forget([first])
        #expect(commits.isUnderWay)
        #expect(commits.answered(RD_KAFKA_RESP_ERR_NO_ERROR, refused: [:], at: .zero).committed == [second: 5])
    }
}
