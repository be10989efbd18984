import CRdKafka
import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("Partitions of a group") struct HoldingsTests {
    private let first = TopicPartition(topic: "t", number: 0)
    private let second = TopicPartition(topic: "t", number: 1)

    private func place(_ offset: Int64, _ timestamp: Int64? = nil) -> LogPosition {
        LogPosition(offset: offset, last: timestamp.map { LogPosition.Message(offset: offset - 1, timestamp: $0) })
    }

    /// Partitions that are read from these offsets on.
    private func reading(_ offsets: [TopicPartition: Int64], isToVerify: Bool = false) -> Holdings {
        var holdings = Holdings()
        holdings.give(Array(offsets.keys))
        holdings.asked(holdings.unasked, request: 1)
        for (partition, offset) in offsets {
            holdings.answered(partition, request: 1, place(offset, 7))
            settle(partition, &holdings, Beginning(place: place(offset, 7), isToVerify: isToVerify))
        }
        _ = holdings.begin(atOnce: false)
        return holdings
    }

    private func settle(_ partition: TopicPartition, _ holdings: inout Holdings, _ beginning: Beginning) {
        let question = holdings.questions[partition]?.number ?? -1
        let isSettled = holdings.settle(partition, question: question, beginning)
        #expect(isSettled)
    }

    @Test func nothingIsReadBeforeSinksAndBrokersHaveAnswered() {
        var holdings = Holdings()
        holdings.give([first, second])
        #expect(Set(holdings.unasked) == [first, second])
        holdings.asked([first, second], request: 2)
        #expect(holdings.unasked.isEmpty && holdings.begin(atOnce: false).from.isEmpty && !holdings.reads(first))
        holdings.answered(first, request: 1, place(9))
        #expect(holdings.questions.isEmpty)
        holdings.answered(first, request: 2, place(5))
        #expect(holdings.questions[first]?.stored == place(5) && holdings.begin(atOnce: false).from.isEmpty)
        let isSettled = holdings.settle(first, question: 99, Beginning(place: place(3)))
        #expect(!isSettled)
        settle(first, &holdings, Beginning(place: place(5)))
        #expect(holdings.begin(atOnce: true).from.isEmpty)
        let begun = holdings.begin(atOnce: false)
        #expect(begun.from.map(\.0) == [first] && begun.from.map(\.1) == [5] && begun.moved.isEmpty)
        #expect(holdings.reads(first) && !holdings.reads(second))
    }

    @Test func whatComesBackIsAskedForAnew() {
        var holdings = reading([first: 5])
        #expect(holdings.drop([first]) == [first])
        holdings.give([first])
        holdings.answered(first, request: 1, place(5))
        #expect(holdings.begin(atOnce: false).from.isEmpty && holdings.unasked == [first])
        #expect(holdings.takeDropped() == [first] && holdings.takeDropped().isEmpty)
    }

    @Test func theGroupIsToldOfThePresentClaimAlone() {
        var holdings = reading([first: 5, second: 0])
        holdings.read(first, upTo: 8)
        #expect(holdings.takeReached() == [first: place(8)])
        #expect(holdings.isInFlight(anyOf: [first]) && !holdings.isInFlight(anyOf: [second]))
        holdings.durable(first, upTo: place(8))
        #expect(holdings.uncommitted.map(\.1.offset) == [8])
        _ = holdings.drop([first])
        #expect(holdings.uncommitted.isEmpty)
        holdings.give([first])
        // It was durable in the sinks before they were asked again; another member may be further on.
        holdings.durable(first, upTo: place(8))
        #expect(holdings.uncommitted.isEmpty)
    }

    @Test("an old mark does not move the group back, nor on, once a partition was begun again")
    func oldMarks() {
        var holdings = reading([first: 5])
        holdings.read(first, upTo: 50)
        _ = holdings.takeReached()
        _ = holdings.drop([first])
        holdings.give([first])
        holdings.asked([first], request: 2)
        holdings.answered(first, request: 2, place(100))
        settle(first, &holdings, Beginning(place: place(100), isKnownToGroup: true))
        _ = holdings.begin(atOnce: false)
        holdings.durable(first, upTo: place(50))
        #expect(holdings.uncommitted.isEmpty)
        // The same offset, of another message.
        holdings.read(first, upTo: 150, LogPosition.Message(offset: 149, timestamp: 3))
        _ = holdings.takeReached()
        holdings.durable(first, upTo: place(150))
        #expect(holdings.uncommitted.isEmpty)
        holdings.durable(first, upTo: place(150, 3))
        #expect(holdings.uncommitted.map(\.1) == [place(150, 3)])
    }

    @Test func whatIsCommittedNeverGoesBack() {
        var holdings = reading([first: 5])
        for next in [7, 9] as [Int64] {
            holdings.read(first, upTo: next)
            _ = holdings.takeReached()
        }
        holdings.durable(first, upTo: place(9))
        holdings.committed(first, upTo: 9)
        holdings.durable(first, upTo: place(7))
        #expect(holdings.uncommitted.isEmpty && !holdings.isInFlight(anyOf: [first]))
    }

    @Test func aTopicThatWasMadeAnewBeginsAnew() {
        var holdings = reading([first: 5])
        holdings.read(first, upTo: 9)
        _ = holdings.takeReached()
        holdings.durable(first, upTo: place(9))
        holdings.committed(first, upTo: 9)
        holdings.read(first, upTo: 1)
        #expect(holdings.takeReached() == [first: place(1)])
        holdings.durable(first, upTo: place(1))
        #expect(holdings.uncommitted.map(\.1.offset) == [1])
    }

    @Test(arguments: [(0, 0, nil), (0, 7, 7), (5, 5, nil), (5, 6, 6)] as [(Int64, Int64, Int64?)])
    func theEndBehindAMarkerCountsAsReached(start: Int64, end: Int64, reached: Int64?) {
        var holdings = reading([first: start])
        holdings.reachedEnd(of: first, at: end)
        let mark = holdings.takeReached()[first]
        #expect(mark?.offset == reached && (mark == nil || mark?.last?.offset == start - 1))
        #expect(holdings.isAtEnd && !holdings.isInFlight(anyOf: [first]))
    }

    @Test func theGroupIsToldAtOnceWhereAPartitionBegins() {
        var holdings = reading([first: 5])
        #expect(holdings.anchors.map(\.1.offset) == [5] && holdings.uncommitted.isEmpty)
        holdings.committed(first, upTo: 5)
        #expect(holdings.anchors.isEmpty)
    }

    @Test func whatIsLeavingIsReadNoFurther() {
        var holdings = reading([first: 0, second: 0])
        holdings.leave([first])
        #expect(!holdings.reads(first) && holdings.reads(second) && !holdings.isAtEnd)
    }

    @Test(
        "the message before the place tells whether the topic is the same",
        arguments: [
            (4, 7, .reading, false), (4, 8, .asked, false), (5, 9, .reading, true), (6, 9, .reading, true),
        ] as [(Int64, Int64, Kind, Bool)])
    func verifying(_ offset: Int64, _ timestamp: Int64, _ kind: Kind, isTaken: Bool) {
        var holdings = reading([first: 5], isToVerify: true)
        #expect(!holdings.reads(first) && holdings.anchors.isEmpty)
        let message = LogPosition.Message(offset: offset, timestamp: timestamp)
        let wasTaken = holdings.takes(first, message)
        #expect(wasTaken == isTaken)
        #expect(holdings.reads(first) == (kind == .reading))
        #expect(holdings.questions[first]?.isOfEarlierTopic ?? false == (kind == .asked))
        guard kind == .asked else { return }
        settle(first, &holdings, Beginning(place: place(0)))
        let begun = holdings.begin(atOnce: true)
        #expect(begun.from.map(\.1) == [0] && begun.moved == [first])
        #expect(holdings.takeDropped() == [first])
        let isNextTaken = holdings.takes(first, LogPosition.Message(offset: 0, timestamp: 8))
        #expect(isNextTaken)
    }

    enum Kind { case reading, asked }

    @Test("one that begins anew has all fetched anew where the group shares them out at once")
    func atOnce() {
        var holdings = reading([first: 5, second: 8])
        holdings.recheck(first)
        settle(first, &holdings, Beginning(place: place(0)))
        let begun = holdings.begin(atOnce: true)
        #expect(Dictionary(begun.from.map { ($0.0, $0.1) }, uniquingKeysWith: { $1 }) == [first: 0, second: 8])
        #expect(Set(begun.moved) == [first, second] && holdings.takeDropped() == [first, second])
    }

    @Test(arguments: [(4, true), (5, false), (6, false)] as [(Int64, Bool)])
    func anEndBeforeThePlaceIsAnotherTopics(end: Int64, isOther: Bool) {
        var holdings = reading([first: 5], isToVerify: true)
        holdings.reachedEnd(of: first, at: end)
        #expect(holdings.questions[first]?.isOfEarlierTopic ?? false == isOther && holdings.reads(first) != isOther)
    }
}

@Suite("Commits to a group") struct GroupCommitsTests {
    private let first = TopicPartition(topic: "t", number: 0)
    private let second = TopicPartition(topic: "gone", number: 0)
    private func place(_ offset: Int64) -> LogPosition { LogPosition(offset: offset) }

    @Test func oneIsUnderWayAtATime() {
        var commits = GroupCommits()
        #expect(commits.next([(first, place(3))], at: .zero).count == 1)
        #expect(commits.next([(first, place(4))], at: .seconds(9)).isEmpty)
        let answer = commits.answered(RD_KAFKA_RESP_ERR_NO_ERROR, refused: [:], at: .seconds(9))
        #expect(answer.outcome == .done && answer.committed == [first: 3])
        #expect(commits.next([(first, place(4))], at: .seconds(9)).count == 1)
    }

    @Test(
        arguments: [
            (RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, .again), (RD_KAFKA_RESP_ERR__TRANSPORT, .again),
            (RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, .expelled), (RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, .expelled),
            (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, .failed),
        ] as [(rd_kafka_resp_err_t, GroupCommits.Outcome)])
    func refusalsHaveTheirOutcome(code: rd_kafka_resp_err_t, outcome: GroupCommits.Outcome) {
        var commits = GroupCommits()
        _ = commits.next([(first, place(3))], at: .zero)
        let answer = commits.answered(code, refused: [:], at: .zero)
        #expect(answer.outcome == outcome && answer.committed.isEmpty)
        #expect(commits.next([(first, place(3))], at: .zero).isEmpty == (outcome == .again))
        #expect(outcome != .again || commits.next([(first, place(3))], at: .seconds(1)).count == 1)
    }

    @Test func aTopicThatIsGoneKeepsNothingBack() {
        var commits = GroupCommits()
        _ = commits.next([(first, place(3)), (second, place(5))], at: .zero)
        let answer = commits.answered(
            RD_KAFKA_RESP_ERR_NO_ERROR, refused: [second: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART], at: .zero)
        #expect(answer.outcome == .done && answer.committed == [first: 3, second: 5])
    }

    @Test func anAnswerCountsForNothingThatWasTakenAway() {
        var commits = GroupCommits()
        _ = commits.next([(first, place(3)), (second, place(5))], at: .zero)
        commits.forget([first])
        #expect(commits.isUnderWay)
        #expect(commits.answered(RD_KAFKA_RESP_ERR_NO_ERROR, refused: [:], at: .zero).committed == [second: 5])
    }
}
