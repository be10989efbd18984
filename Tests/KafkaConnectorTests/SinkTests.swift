import CRdKafka
import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

@Suite(.ownThread, .serialized) struct SinkTests {
    private let cluster: MockCluster

    init() throws {
        cluster = try MockCluster()
        cluster.create("t")
    }

    @Test func recordLargerThanTheClientAllowsIsRejectedAlone() async throws {
        let sink = try await SinkRun(cluster.servers, "\"kafka.message.max.bytes\":\"2000\"")
        let large = Given(json: "\"\(String(repeating: "x", count: 3000))\"")
        let report = try await sink.put([Given(json: "1"), large, Given(json: "2")])
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(report.rejections.first?.error.native == "MSG_SIZE_TOO_LARGE")
        #expect(report.retries.isEmpty && report.isDurable)
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        #expect(source.records.map(\.value) == ["1", "2"])
    }

    @Test func severalBatchesAreUnderWayAndEachIsToldOfItsOwnRecords() async throws {
        let sink = try await SinkRun(cluster.servers, #""kafka.message.max.bytes":"2000""#)
        let large = Given(json: "\"\(String(repeating: "x", count: 3000))\"")
        let headed = Given(json: "3", headers: [("h", "v")])
        let batches = [[Given(json: "1")], [Given(json: "2"), large, headed], [], [Given(json: "4")]]
        for batch in batches { try await sink.leave(batch) }
        var reports: [PutReport] = []
        for batch in batches { reports.append(try await sink.settle(batch)) }
        #expect(reports.map { $0.rejections.map(\.recordIndex) } == [[], [1], [], []])
        #expect(reports.allSatisfy { $0.retries.isEmpty && $0.isDurable })
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        #expect(source.records.map(\.value) == ["1", "2", "3", "4"])
    }

    @Test func batchesUnderWayAreToldOfWhenTheBrokerGoesDown() async throws {
        let sink = try await SinkRun(cluster.servers, #""delivery.timeout.ms":500,"linger.ms":200"#)
        try await sink.put(numbers(0..<3))
        for batch in [numbers(3..<6), numbers(6..<8)] { try await sink.leave(batch) }
        cluster.stopBroker()
        #expect(try await sink.settle(numbers(3..<6)).retries.map(\.recordIndex) == [0, 1, 2])
        #expect(try await sink.settle(numbers(6..<8)).retries.map(\.recordIndex) == [0, 1])
        cluster.startBroker()
    }

    static let values = [
        ("json", #"{"a" : [1, 2.50,"x\n\""]}"#, #"{"a" : [1, 2.50,"x\n\""]}"#),
        ("json", #"[1,{"b":null}]"#, #"[1,{"b":null}]"#), ("json", "\"text\"", "\"text\""),
        ("string", "\"plain text\"", "plain text"), ("string", #""a\tb\u00fc \"c\"""#, "a\tbü \"c\""),
        ("string", "\"\"", ""), ("string", #"{"a":1}"#, #"{"a":1}"#),
    ]

    @Test(arguments: values)
    func valuesAreSentAsTheyStandOrAsTheyAreWritten(converter: String, json: String, sent: String) async throws {
        let sink = try await SinkRun(cluster.servers, "\"value.converter\":\"\(converter)\"")
        try await sink.put([
            Given(json: json), Given(json: json, key: "k"), Given(json: json, headers: [("h", "v")]),
        ])
        let source = try await SourceRun(cluster.servers, group: "g", #""topics":"t","value.converter":"bytes""#)
        try await source.drain()
        let values = source.records.map { Data(base64Encoded: String($0.value.dropFirst().dropLast())) }
        #expect(values == Array(repeating: Data(sent.utf8), count: 3))
    }

    @Test func refusedMessageSetIsTakenApartAndWhatFollowsWaits() async throws {
        // The first forty fill a set, which goes at once; what follows lingers until the set was refused.
        let sink = try await SinkRun(cluster.servers, #""linger.ms":5000,"kafka.batch.num.messages":"40""#)
        cluster.failProducing([RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
        try await sink.leave(numbers(0..<40))
        try await sink.leave(numbers(40..<60))
        let first = try await sink.settle(numbers(0..<40))
        #expect(first.rejections.isEmpty && first.retries.isEmpty && first.isDurable)
        #expect(try await sink.settle(numbers(40..<60)).retries.map(\.recordIndex) == Array(0..<20))
        #expect(try await sink.put(numbers(40..<60)).retries.isEmpty)
        #expect(try await contents() == numbers(0..<60).map(\.json))
    }

    @Test func refusedRecordIsRejectedAloneAndWhatFollowsWaits() async throws {
        let sink = try await SinkRun(cluster.servers, #""linger.ms":100"#)
        // The set, its halves and what is left of them, until one record is refused by itself.
        let refusal = RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP
        cluster.failProducing([refusal, RD_KAFKA_RESP_ERR_NO_ERROR, refusal, RD_KAFKA_RESP_ERR_NO_ERROR, refusal])
        let rejected = try await sink.deliver([numbers(0..<4), numbers(4..<8)])
        #expect(rejected.map(\.json) == numbers(3..<4).map(\.json))
        #expect(try await contents() == numbers(0..<3).map(\.json) + numbers(4..<8).map(\.json))
    }

    @Test func recordsThatTimedOutComeBeforeWhatWasSentAfterThem() async throws {
        let sink = try await SinkRun(
            cluster.servers, #""delivery.timeout.ms":3000,"linger.ms":0,"kafka.reconnect.backoff.max.ms":"200""#)
        try await sink.put(numbers(0..<1))
        cluster.stopBroker()
        // More and more is sent until the first has timed out, which the last is far from.
        var end = 1
        var first: PutReport?
        while first == nil && end < 1000 {
            try await sink.leave(numbers(end..<(end + 1)))
            end += 1
            try await Task.sleep(for: .milliseconds(100))
            first = try await retried { try await sink.known(numbers(1..<2)) }
        }
        #expect(first?.retries.map(\.recordIndex) == [0])
        cluster.startBroker()
        try await sink.leave(numbers(end..<(end + 1)))
        for number in 2...end {
            let report = try await retried { try await sink.settle(numbers(number..<(number + 1))) }
            #expect(report.retries.map(\.recordIndex) == [0], "\(number)")
        }
        for number in 1...end {
            while try await !retried({ try await sink.put(numbers(number..<(number + 1))) }).retries.isEmpty {}
        }
        #expect(try await contents() == numbers(0..<(end + 1)).map(\.json))
    }

    /// What the topic holds, in order.
    private func contents() async throws -> [String] {
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        return source.records.map(\.value)
    }

    @Test func topicWithoutALeaderHoldsBackWhatFollowsAndRepeatsNothing() async throws {
        let sink = try await SinkRun(cluster.servers)
        cluster.fail("late", RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        let batch = ["a", "b", "late", "a"].enumerated().map { Given(json: "\($0)", topic: $1) }
        try await sink.leave(batch)
        try await sink.leave([Given(json: "4", topic: "a")])
        #expect(try await sink.settle(batch).retries.map(\.recordIndex) == [1, 2, 3])
        #expect(try await sink.settle([Given(json: "4", topic: "a")]).retries.map(\.recordIndex) == [0])
        cluster.fail("late", RD_KAFKA_RESP_ERR_NO_ERROR)
        #expect(try await sink.put(Array(batch[1...])).retries.isEmpty)
        let source = try await SourceRun(cluster.servers, group: "g", #""topics":"a,b,late""#)
        #expect(try await source.poll { $0.records.count == 4 })
        try await source.drain()
        #expect(source.records.map(\.value).sorted() == ["0", "1", "2", "3"])
    }

    @Test func refusedLoginOrRightIsAConfigurationError() async throws {
        let sink = try await SinkRun(cluster.servers)
        cluster.failProducing([RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
        let error = await #expect(throws: ConnectorError.self) { try await sink.put([Given(json: "1")]) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("Write") == true)
    }

    @Test func missingTopicIsAConfigurationError() async throws {
        cluster.fail("t", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        let sink = try await SinkRun(cluster.servers)
        let error = await #expect(throws: ConnectorError.self) { try await sink.put([Given(json: "1")]) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("topic t ") == true)
        #expect(error?.message.contains("topic.creation.default.partitions") == true)
    }

    @Test func recordsComeAgainWhileTheBrokerIsDown() async throws {
        let sink = try await SinkRun(cluster.servers, "\"delivery.timeout.ms\":300")
        try await sink.put(numbers(0..<3))
        cluster.stopBroker()
        let report = try await sink.put(numbers(3..<6))
        #expect(report.retries.map(\.recordIndex) == [0, 1, 2] && report.rejections.isEmpty)
        cluster.startBroker()
        var left = report.retries.count
        for _ in 0..<100 where left > 0 { left = try await sink.put(numbers(3..<6)).retries.count }
        #expect(left == 0)
    }

    @Test func stopEndsTheWaitForABrokerThatIsDown() async throws {
        let sink = try await SinkRun(cluster.servers)
        try await sink.put(numbers(0..<1))
        cluster.stopBroker()
        sink.stop.request()
        let error = await #expect(throws: ConnectorError.self) { try await sink.put(numbers(1..<3)) }
        #expect(error?.kind == .retriable)
        await sink.close()
    }

    @Test func whatWasGivenUpAtAStopNeverCountsAsDelivered() async throws {
        let sink = try await SinkRun(cluster.servers, #""linger.ms":5000"#)
        for batch in [numbers(0..<2), numbers(2..<3)] { try await sink.leave(batch) }
        cluster.stopBroker()
        sink.stop.request()
        await #expect(throws: ConnectorError.self) { try await sink.settle(numbers(0..<2)) }
        #expect(try await retried { try await sink.settle(numbers(0..<2)) }.retries.map(\.recordIndex) == [0, 1])
        #expect(try await retried { try await sink.settle(numbers(2..<3)) }.retries.map(\.recordIndex) == [0])
        await sink.close()
    }

    @Test func recordOfATimeBeforeKafkasIsRejectedAlone() async throws {
        let sink = try await SinkRun(cluster.servers)
        let report = try await sink.put([Given(json: "1"), Given(json: "2", timestamp: -1), Given(json: "3")])
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(report.rejections.first?.error.message.contains("timestamp is -1") == true)
    }

    @Test func recordWithoutATopicIsRejectedAlone() async throws {
        let sink = try await SinkRun(cluster.servers)
        let report = try await sink.put([
            Given(json: "1", topic: nil), Given(json: "2"), Given(json: "3", topic: "no topic"),
        ])
        #expect(report.rejections.map(\.recordIndex) == [0, 2])
    }

    @Test(arguments: [
        ("\"topic\":\"fixed\"", nil, ["fixed"]), ("\"topic\":\"raw-${topic}\"", "a", ["raw-a"]), ("", "a", ["a"]),
    ])
    func topicIsSettingTemplateOrRecords(settings: String, topic: String?, expected: [String]) async throws {
        let sink = try await SinkRun(cluster.servers, settings)
        try await sink.put([Given(json: "1", topic: topic)])
        let source = try await SourceRun(cluster.servers, group: "g", "\"topics\":\"\(expected[0])\"")
        try await source.drain()
        #expect(source.records.compactMap(\.topic) == expected)
    }

    @Test(arguments: [
        ("", "\"own\""), ("\"key.mode\":\"none\"", "null"), ("\"key.field\":\"user.id\"", "\"7\""),
        ("\"key.field\":\"user\"", #""{\"id\":7}""#),
    ])
    func keyIsRecordsFieldOrNone(settings: String, expected: String) async throws {
        let sink = try await SinkRun(cluster.servers, settings)
        try await sink.put([Given(json: "{\"user\":{\"id\":7}}", key: "own")])
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        #expect(source.records.map(\.key) == [expected])
    }

    @Test func recordWithoutTheFieldOfTheKeyIsRejected() async throws {
        let sink = try await SinkRun(cluster.servers, #""key.field":"user.id""#)
        let report = try await sink.put([
            Given(json: #"{"user":{"id":7}}"#), Given(json: #"{"usr":{"id":7}}"#),
            Given(json: #"{"user":{"id":null}}"#),
        ])
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(report.rejections.first?.error.message.contains("no field user.id, which key.field names") == true)
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        #expect(source.records.map(\.key) == ["\"7\"", "null"])
    }

    @Test func emptyBatchIsDurableAtOnce() async throws {
        let report = try await SinkRun(cluster.servers).put([])
        #expect(report.isDurable && report.rejections.isEmpty)
    }

    @Test func unreachableBrokerIsRetriable() async throws {
        let error = await #expect(throws: ConnectorError.self) { try await SinkRun("127.0.0.1:1") }
        #expect(error?.kind == .retriable)
        #expect(error?.message.contains("bootstrap.servers") == true)
    }
}
