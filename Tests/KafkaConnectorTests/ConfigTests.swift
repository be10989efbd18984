import CRdKafka
import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite struct ConfigTests {
    private static let servers = "\"bootstrap.servers\":\"localhost:9092\""

    @Test(arguments: [
        ("\"kafka.no.such.property\":\"1\"", "kafka.no.such.property is refused by librdkafka"),
        ("\"kafka.socket.timeout.ms\":\"soon\"", "kafka.socket.timeout.ms is refused by librdkafka"),
        ("\"kafka.sasl.password\":\"hunter2\"", "which is kept secret"),
        ("\"kafka.enable.auto.commit\":\"true\"", "durable in every sink"),
        ("\"security.protocol\":\"tls\"", "security.protocol is refused"),
        ("\"key.mode\":\"none\",\"key.field\":\"id\"", "remove one of them"),
        ("\"key.field\":\"`open\"", "no field path"),
        ("\"topic\":\"a b\"", "letters, digits"),
        ("\"kafka.delivery.report.only.error\":\"true\"", "waits for the report"),
        ("\"kafka.enable.gapless.guarantee\":\"true\"", "must not end the producer"),
        ("\"kafka.enabled_events\":\"0\"", "chooses what it hears of"),
        ("\"topic.creation.default.replication.factor\":0", "expected -1, or 1 to 100"),
        ("\"kafka.acks\":\"1\"", "kafka.acks is 1; expected all"),
        ("\"kafka.max.in.flight\":\"6\"", "kafka.max.in.flight is 6; expected 1 to 5"),
        ("\"kafka.retries\":\"0\"", "kafka.retries is 0; expected 1 or more"),
    ])
    func sinkRefuses(settings: String, message: String) throws {
        let problems = try #require(throws: ConfigProblems.self) {
            try ConfigValues(json: "{\(Self.servers),\(settings)}", definition: SinkConfig.definition)
        }
        #expect(problems.description.contains(message))
        #expect(!problems.description.contains("hunter2"))
    }

    @Test(arguments: [("", "topic *"), ("\"topic\":\"raw-${topic}\"", "topic raw-*"), ("\"topic\":\"a\"", "topic a")])
    func sinkTellsWhereTheRecordsAre(settings: String, place: String) throws {
        let json = "{\([Self.servers, settings].filter { !$0.isEmpty }.joined(separator: ","))}"
        let values = try ConfigValues(json: json, definition: SinkConfig.definition)
        #expect(KafkaSink.definition.output?(values).place == place)
    }

    @Test(arguments: [
        ("\"group.id\":\"g\"", "and not both"),
        ("\"group.id\":\"g\",\"topics\":\"a\",\"topics.regex\":\"b\"", "and not both"),
        ("\"group.id\":\"g\",\"topics.regex\":\"(?=a)b\"", "topics.regex holds (?="),
        ("\"topics\":\"a\"", "group.id"), ("\"group.id\":\"g\",\"topics\":\"a,,b\"", "letters, digits"),
    ])
    func sourceRefuses(settings: String, message: String) throws {
        let problems = try #require(throws: ConfigProblems.self) {
            try ConfigValues(json: "{\(Self.servers),\(settings)}", definition: SourceConfig.definition)
        }
        #expect(problems.description.contains(message))
    }

    @Test(arguments: [
        "\"kafka.acks\":\"-1\"", "\"kafka.acks\":\"1\",\"kafka.enable.idempotence\":\"false\"",
        "\"delivery.timeout.ms\":2147483647", "\"topic.creation.default.replication.factor\":-1",
    ])
    func sinkTakes(settings: String) throws {
        let values = try ConfigValues(json: "{\(Self.servers),\(settings)}", definition: SinkConfig.definition)
        _ = try Producer(SinkConfig(values).configuration(), Observer(.silent))
    }

    @Test func everyPropertyThatSluiceSetsIsKnown() throws {
        let sink = try ConfigValues(
            json: "{\(Self.servers),\"compression.type\":\"zstd\",\"sasl.password\":\"hunter2\"}",
            definition: SinkConfig.definition)
        _ = try SinkConfig(sink).configuration()
        #expect(!"\(SinkConfig(sink).connection)".contains("hunter2"))
        let source = try ConfigValues(
            json: "{\(Self.servers),\"group.id\":\"g\",\"topics\":\"a\",\"auto.offset.reset\":\"none\"}",
            definition: SourceConfig.definition)
        _ = try SourceConfig(source).configuration()
    }

    @Test func fetchingGoesOnSoonWhereTheVersionCanBeTold() {
        #expect(SourceConfig.fetching(by: 0x0200_02FF).isEmpty)
        #expect(SourceConfig.fetching(by: 0x0202_00FF).map(\.0) == ["fetch.queue.backoff.ms"])
    }

    @Test func fetchingIsWokenOnceAFullQueueIsHalfEmpty() {
        let limit = FetchLimit(bytes: 8000, messages: 800)
        var waker = FetchWaker(limit)
        let answers = [10, 70, 50, 41, 40, 39, 0, 50, 20].map { waker.isDue(waiting: $0, ofSize: 100) }
        var ofSmall = FetchWaker(limit)
        #expect([799, 401, 400].map { ofSmall.isDue(waiting: $0, ofSize: 1) } == [false, false, true])
        #expect(answers == [false, false, false, false, true, false, false, false, false])
    }

    @Test func scramTrapIsNamedForOldVersionsAlone() {
        #expect(scramTrap(version: 0x0200_02FF, named: "2.0.2")?.contains("2.0.2") == true)
        #expect(scramTrap(version: 0x0206_0000, named: "2.6.0")?.contains("2.6.1") == true)
        #expect(scramTrap(version: 0x0206_01FF, named: "2.6.1") == nil)
    }

    @Test func reportsOfAClosedSendingAreNotCounted() {
        var tally = Tally()
        let old = tally.begin()
        tally.sent(2, in: old)
        let next = tally.begin()
        tally.sent(1, in: next)
        tally.close(old)
        tally.delivered(1, of: old)
        tally.failed(Tally.tag(of: 1, in: old), RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, topic: "t")
        #expect(tally.pending == 1 && tally[next].pending == 1)
        tally.failed(Tally.tag(of: 0, in: next), RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, topic: "t")
        #expect(tally.pending == 0 && tally[next].failures.map(\.index) == [0])
    }
}
