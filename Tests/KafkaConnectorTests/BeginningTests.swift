import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite("Where a partition begins") struct BeginningTests {
    private func place(_ offset: Int64, id: String? = nil, timestamp: Int64? = nil) -> LogPosition {
        LogPosition(
            offset: offset, topicID: id, last: timestamp.map { LogPosition.Message(offset: offset - 1, timestamp: $0) })
    }

    private func begin(
        _ stored: LogPosition?, group: LogPosition? = nil, low: Int64 = 0, high: Int64 = 80, id: String? = nil,
        isLocal: Bool = false, isOfEarlierTopic: Bool = false, isNew: Bool = false,
        _ reset: SourceConfig.OffsetReset = .earliest
    ) -> Beginning? {
        Beginning.decide(
            Beginning.Facts(
                log: Beginning.Log(low: low, high: high, topicID: id), stored: stored,
                isOfEarlierTopic: isOfEarlierTopic, isLocal: isLocal, group: group, isNew: isNew), reset: reset)
    }

    @Test("ids decide, where they are known", arguments: SourceConfig.OffsetReset.allCases)
    func ids(_ reset: SourceConfig.OffsetReset) {
        let same = begin(place(50, id: "a", timestamp: 7), id: "a", reset)
        #expect(same?.place.offset == 50 && same?.isToVerify == false && same?.jump == nil)
        let other = begin(place(50, id: "a", timestamp: 7), id: "b", reset)
        #expect(reset == .none ? other == nil : other?.place == place(0, id: "b"))
        #expect(reset == .none || other?.jump == .madeAnew(from: 50))
    }

    @Test("the log's end decides without them, and else the message before")
    func withoutIDs() {
        #expect(begin(place(81))?.jump == .madeAnew(from: 81))
        #expect(begin(place(81), .latest)?.place.offset == 0)
        #expect(begin(place(80, timestamp: 7))?.isToVerify == true)
        #expect(begin(place(80, timestamp: 7))?.fetchOffset == 79)
        #expect(begin(place(80, timestamp: 7), id: "b")?.isToVerify == true)
        #expect(begin(place(80))?.isToVerify == false)
        #expect(begin(place(80, timestamp: 7), low: 80)?.isToVerify == false)
        #expect(begin(place(80, timestamp: 7), isOfEarlierTopic: true)?.jump == .madeAnew(from: 80))
    }

    @Test("a log that was cut, or has lost what comes next, is a jump")
    func gone() {
        #expect(begin(place(50), low: 60)?.jump == .gone(from: 50, count: 10))
        #expect(begin(place(50), low: 60, .latest)?.place.offset == 80)
        #expect(begin(place(50), low: 60, .none) == nil)
        #expect(begin(place(90, id: "a"), id: "a")?.jump == .gone(from: 90, count: 0))
    }

    @Test("the sinks decide, and the group where they hold nothing, or others may be further")
    func sinksAndGroup() {
        #expect(begin(place(5), group: place(9))?.place.offset == 5)
        #expect(begin(place(5), group: place(9), isLocal: true)?.place.offset == 9)
        #expect(begin(place(9), group: place(5), isLocal: true)?.place.offset == 9)
        #expect(begin(nil, group: place(9))?.isKnownToGroup == true)
        #expect(begin(place(5), group: place(9))?.isKnownToGroup == false)
        // What the group holds of an earlier topic counts for nothing, and what the sinks do neither.
        #expect(begin(place(50, id: "a"), group: place(9, id: "b"), id: "b")?.place.offset == 9)
        #expect(begin(nil, group: place(90), .latest)?.jump == .madeAnew(from: 90))
        #expect(begin(place(50, timestamp: 7), group: place(50), isOfEarlierTopic: true)?.place.offset == 0)
    }

    @Test("what is new begins at its start, and else where the setting says")
    func new() {
        #expect(begin(nil, low: 3)?.place.offset == 3)
        #expect(begin(nil, .latest)?.place.offset == 80)
        #expect(begin(nil, .none) == nil)
        #expect(begin(nil, low: 3, isNew: true, .latest)?.place.offset == 3)
        #expect(begin(nil, isNew: true, .none)?.place.offset == 0)
    }

    @Test("positions of earlier versions are read, and newer ones come back as they were")
    func fields() {
        #expect(LogPosition(["offset": 7]) == LogPosition(offset: 7))
        #expect(LogPosition(["offset": -1]) == nil && LogPosition(["line": 7]) == nil)
        let places = [
            place(7), place(7, id: "a"), place(7, timestamp: 3),
            LogPosition(offset: 9, topicID: "a", last: LogPosition.Message(offset: 6, timestamp: 3)),
        ]
        for place in places { #expect(LogPosition(place.fields) == place) }
        #expect(place(7, id: "a", timestamp: 3).fields.json == #"{"offset":7,"timestamp":3,"topic.id":"a"}"#)
    }
}

@Suite("What commits say beside offsets") struct CommitNotesTests {
    private func notes(_ subscription: [String] = ["t", "u"]) -> CommitNotes { CommitNotes(subscription: subscription) }
    private func partition(_ number: Int32, of topic: String = "t") -> TopicPartition {
        TopicPartition(topic: topic, number: number)
    }

    @Test func partitionsBeyondTheFirstOnesAreNew() throws {
        var first = notes()
        first.begin("t", count: 2, at: 0)
        #expect(!first.isNew(partition(1)) && first.isNew(partition(2)))
        // Another member learns it from what stands beside an offset, and keeps it when there are more.
        let text = try #require(first.metadata(LogPosition(offset: 3), of: "t"))
        var second = notes()
        second.learn(PositionFields(json: text), of: "t")
        second.begin("t", count: 4, at: 5)
        #expect(!second.isNew(partition(1)) && second.isNew(partition(3)))
        #expect(second.metadata(LogPosition(offset: 4), of: "t") == text)
    }

    @Test func offsetsThatSayNothingLeaveAllOthersNew() {
        var notes = notes()
        notes.learn(nil, of: "t")
        #expect(notes.isNew(partition(0)))
    }

    @Test func topicsThatWereNotThereBeforeAreNew() {
        var notes = notes()
        notes.looked(at: ["t"])
        notes.begin("t", count: 1, at: 0)
        notes.begin("u", count: 1, at: 0)
        #expect(!notes.isNew(partition(0)) && notes.isNew(partition(0, of: "u")))
    }

    @Test("a topic without offsets is new once the group has had its subscription for long", arguments: [true, false])
    func subscription(isSame: Bool) throws {
        var first = notes()
        first.begin("t", count: 1, at: 1000)
        let text = try #require(first.metadata(LogPosition(offset: 3), of: "t"))
        for (time, isLong) in [(50_000, false), (62_000, true)] as [(Int64, Bool)] {
            var second = notes(isSame ? ["u", "t"] : ["t", "u", "v"])
            second.learn(PositionFields(json: text), of: "t")
            second.begin("u", count: 1, at: time)
            #expect(second.isNew(partition(0, of: "u")) == (isSame && isLong))
        }
    }

    @Test func aTopicThatWasMadeAnewIsNew() {
        var notes = notes()
        notes.begin("t", count: 3, at: 0)
        notes.beginAnew("t")
        #expect(notes.isNew(partition(0)))
    }
}
