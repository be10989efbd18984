import CRdKafka
import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import KafkaConnector

@Suite(.ownThread, .serialized) struct SourceTests {
    private let cluster: MockCluster

    init() throws {
        cluster = try MockCluster()
        cluster.create("t")
    }

    @Test func everythingOfARecordComesBack() async throws {
        try await checkRoundTrip(cluster.servers)
    }

    @Test func storedPositionsDecideWhereToGoOn() async throws {
        let sink = try await SinkRun(cluster.servers)
        try await sink.put(numbers(0..<5))
        let first = try await SourceRun(cluster.servers, group: "a")
        try await first.drain()
        #expect(first.positions.map(\.partition.json) == [#"{"partition":0,"topic":"t"}"#])
        #expect(first.offsets == [5] && first.positions.first?.offset["timestamp"]?.int ?? 0 > 0)
        await first.close()
        try await sink.put(numbers(5..<8))
        let second = try await SourceRun(cluster.servers, group: "another", stored: first.positions)
        try await second.drain()
        #expect(second.records.map(\.value) == (5..<8).map { "{\"n\":\($0)}" })
    }

    @Test(.enabled(if: NoidaServer.program != nil, Comment(rawValue: NoidaServer.absence)))
    func aTopicThatIsMissingAtFirstIsReadOnceItIsThere() async throws {
        let servers = try NoidaServer.shared.get().servers
        let topic = "late-\(UInt32.random(in: 0 ... .max))"
        let source = try await SourceRun(servers, group: topic, #""topics":"\#(topic)""#)
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await source.poll { _ in false }
        }
        #expect(error?.kind == .retriable && error?.message.contains(topic) == true)
        let sink = try await SinkRun(servers, #""topic.creation.default.partitions":1"#)
        try await sink.put([Given(json: "1", topic: topic)])
        let hasCome = try await source.poll { !$0.records.isEmpty }
        #expect(hasCome)
    }

    @Test func undecodableMessageIsRejectedWithItsBytes() async throws {
        let sink = try await SinkRun(cluster.servers, "\"value.converter\":\"string\"")
        try await sink.put([
            Given(json: "1"), Given(json: "\"{broken\""), Given(json: "\"\"", key: "k"), Given(json: "2"),
        ])
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        #expect(source.records.map(\.value) == ["1", "2"])
        #expect(source.rejected.map(\.text) == [Array("{broken".utf8), []])
        #expect(source.rejected.first?.error.hasPrefix("t-0 offset 1: ") == true)
        #expect(source.positions.first?.offset["offset"]?.int == 4)
    }

    @Test func undecodableKeyIsRejectedWithTheValue() async throws {
        let sink = try await SinkRun(cluster.servers)
        try await sink.put([Given(json: "1", key: "{"), Given(json: "2", key: "{\"id\":1}")])
        let source = try await SourceRun(cluster.servers, group: "g", "\"topics\":\"t\",\"key.converter\":\"json\"")
        try await source.drain()
        #expect(source.records.map(\.key) == ["{\"id\":1}"])
        #expect(source.rejected.map(\.stage) == [.keyConverter])
        #expect(source.rejected.map(\.text) == [Array("1".utf8)])
    }

    @Test(arguments: ["json", "string"])
    func bytesThatAreNoUTF8AreRejectedAndKept(converter: String) async throws {
        let (good, bad): ([UInt8], [UInt8]) = (Array("1".utf8), [0x22, 0xC3, 0x28, 0xFF, 0x22])
        try send([(good, bad), (bad, good), (good, good)])
        let source = try await SourceRun(
            cluster.servers, group: "g",
            #""topics":"t","key.converter":"\#(converter)","value.converter":"\#(converter)""#)
        try await source.drain()
        #expect(source.records.map(\.key) == [converter == "json" ? "1" : "\"1\""])
        #expect(source.rejected.map(\.text) == [bad, converter == "json" ? good : Array("\"1\"".utf8)])
        #expect(source.rejected.map(\.stage) == [.valueConverter, .keyConverter])
        #expect(source.rejectedKeys == [good, bad])
        #expect(source.positions.first?.offset["offset"]?.int == 3)
    }

    /// Sends keys and values as they are.
    private func send(_ messages: [(key: [UInt8], value: [UInt8])]) throws {
        let configuration = ClientConfiguration()
        #expect(configuration.set("bootstrap.servers", cluster.servers) == nil)
        let producer = try Producer(configuration, Observer(.silent))
        let topic = try unsafe #require(producer.topic("t"))
        var tally = Tally()
        let sending = tally.begin()
        for (index, message) in messages.enumerated() {
            let tag = Tally.tag(of: index, in: sending)
            #expect(
                unsafe producer.sendToFirst(message.key, message.value, to: topic, tag: tag)
                    == RD_KAFKA_RESP_ERR_NO_ERROR)
        }
        tally.sent(messages.count, in: sending)
        for _ in 0..<600 where tally.pending > 0 { producer.reports(within: .milliseconds(100), &tally) }
        #expect(tally.pending == 0 && tally[sending].failures.isEmpty)
    }

    @Test(arguments: [("string", "\"a\\\"b\""), ("bytes", "\"YSJi\"")])
    func textAndBytesAreTakenAsTheyAre(converter: String, expected: String) async throws {
        let sink = try await SinkRun(cluster.servers, "\"value.converter\":\"string\"")
        try await sink.put([Given(json: #""a\"b""#)])
        let source = try await SourceRun(
            cluster.servers, group: "g", "\"topics\":\"t\",\"value.converter\":\"\(converter)\"")
        try await source.drain()
        #expect(source.records.map(\.value) == [expected])
    }

    @Test func lagIsWhatWaits() async throws {
        let sink = try await SinkRun(cluster.servers)
        try await sink.put(numbers(0..<1500))
        let clock = ManualClock()
        let source = try await SourceRun(cluster.servers, group: "g", clock: clock.clock)
        #expect(try await source.poll { !$0.records.isEmpty })
        try await source.drain()
        #expect(source.records.count == 1500)
        try await sink.put(numbers(0..<1500))
        var largest = 0
        for _ in 0..<600 where source.records.count < 3000 {
            clock.advance(.seconds(2))
            try await source.poll()
            largest = max(largest, source.progress.lag ?? 0)
        }
        #expect((1...1500).contains(largest))
        clock.advance(.seconds(2))
        try await source.poll()
        #expect(source.progress.lag == 0)
    }

    @Test func patternReadsTheTopicsItMatchesWhole() async throws {
        for topic in ["orders-a", "orders-b", "my-orders-a"] { cluster.create(topic) }
        let sink = try await SinkRun(cluster.servers)
        try await sink.put(["orders-a", "orders-b", "my-orders-a"].map { Given(json: "1", topic: $0) })
        let source = try await SourceRun(cluster.servers, group: "g", "\"topics.regex\":\"orders-.*\"")
        try await source.drain()
        #expect(Set(source.records.compactMap(\.topic)) == ["orders-a", "orders-b"])
    }
}

/// Puts a record of every kind and expects it back as it was.
func checkRoundTrip(_ servers: String) async throws {
    let values = [
        "{}", "[]", "null", "true", "false", "0", "-1.5e300", "12345678901234567890123", "\"\"", "\"ü🙂\\u0000\\n\"",
        "{\"a\":{\"b\":[1,null,\"x\",{\"c\":false}]},\"ü\":\"é\"}", "\"\(String(repeating: "x", count: 900_000))\"",
    ]
    var given = values.map { Given(json: $0, timestamp: 1_700_000_000_123) }
    given[0].key = "k ü"
    given[0].headers = [("h", "v ü"), ("empty", ""), ("null", nil), ("h", "again")]
    let sink = try await SinkRun(servers)
    let report = try await sink.put(given)
    #expect(report.isDurable && report.rejections.isEmpty && report.retries.isEmpty)
    let source = try await SourceRun(servers, group: "round-trip")
    try await source.drain()
    #expect(source.records.map(\.value) == values)
    #expect(source.records.allSatisfy { $0.timestamp == 1_700_000_000_123 && $0.partition == 0 && $0.topic == "t" })
    #expect(source.records.first?.key == "\"k ü\"")
    #expect(source.records.first?.headers == [#"h="v ü""#, #"empty="""#, "null=null", #"h="again""#])
    #expect(source.records.dropFirst().allSatisfy { $0.key == "null" && $0.headers.isEmpty })
    await source.close()
}
