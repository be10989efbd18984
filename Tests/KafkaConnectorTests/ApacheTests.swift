import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Apache Kafka", .enabled(if: ApacheKafka.home != nil, "\(ApacheKafka.absence)"))
    struct ApacheTests {
        private let topic = Broker.name()
        private var topics: String { "\"topics\":\"\(topic)\",\"kafka.heartbeat.interval.ms\":\"300\"" }

        private func sink(_ settings: String = "\"topic.creation.default.partitions\":1") async throws -> SinkRun {
            try await SinkRun(await Broker.apache.servers(), "\"topic\":\"\(topic)\",\(settings)")
        }

        @Test func missingTopicAndLargeRecordHaveTheirKinds() async throws {
            let plain = try await sink("\"kafka.message.max.bytes\":\"5000000\"")
            let missing = await #expect(throws: ConnectorError.self) { try await plain.put(numbers(0..<1)) }
            #expect(missing?.kind == .configuration)
            let servers = try await Broker.apache.servers()
            let unknown = try await SourceRun(servers, group: Broker.name("g"), topics)
            let error = await #expect(throws: ConnectorError.self) { _ = try await unknown.poll { _ in false } }
            #expect(error?.kind == .retriable)
            await unknown.close()
            try await sink().put([Given(json: "1")])
            let large = Given(json: "\"\(String(repeating: "x", count: 2_000_000))\"")
            let report = try await plain.put([Given(json: "2"), large, Given(json: "3")])
            #expect(report.rejections.map(\.recordIndex) == [1])
            let source = try await SourceRun(servers, group: Broker.name("g"), topics)
            #expect(try await source.poll { $0.records.count == 3 })
            #expect(Set(source.records.map(\.value)) == ["1", "2", "3"])
            await source.close()
        }

        @Test func whatFollowsARefusedRecordWaitsUntilItIsFound() async throws {
            let sink = try await sink(
                #""topic.creation.default.partitions":1,"kafka.batch.num.messages":"50","linger.ms":0"#)
            // More than an hour ahead, which message.timestamp.after.max.ms forbids.
            let refused = Given(json: "\"refused\"", timestamp: 4_000_000_000_000)
            var batches = (0..<12).map { numbers(($0 * 200)..<($0 * 200 + 200)) }
            batches[2].insert(refused, at: 77)
            #expect(try await sink.deliver(batches).map(\.json) == [refused.json])
            let source = try await SourceRun(await Broker.apache.servers(), group: Broker.name("g"), topics)
            #expect(try await source.poll { $0.records.count >= 2400 })
            #expect(source.records.map(\.value) == numbers(0..<2400).map(\.json))
            await source.close()
        }

        @Test func whatATopicRefusesIsNotSentAgainAndAgain() async throws {
            try await sink().put(numbers(0..<1))
            let plain = try await sink(#""kafka.message.max.bytes":"5000000""#)
            let large = Given(json: "\"\(String(repeating: "x", count: 2_000_000))\"", key: "k")
            let future = Given(json: "1", key: "k", timestamp: 4_000_000_000_000)
            let first = try await plain.put([large])
            #expect(first.rejections.first?.error.native == "MSG_SIZE_TOO_LARGE")
            let second = try await plain.put([large, Given(json: "1", key: "k"), future])
            let reasons = second.rejections.map(\.error.message)
            #expect(reasons.count == 2 && second.retries.isEmpty)
            #expect(reasons.first?.contains("(max.message.bytes)") == true, "\(reasons)")
            #expect(reasons.last?.contains("(message.timestamp.after.max.ms)") == true, "\(reasons)")
        }

        @Test func nothingIsLostWhenTheBrokerIsKilledAndStarted() async throws {
            let sink = try await sink()
            try await sink.put(numbers(0..<500))
            let source = try await SourceRun(await Broker.apache.servers(), group: Broker.name("g"), topics)
            #expect(try await source.poll { $0.records.count == 500 })
            try await source.commit()
            try ApacheKafka.shared.get().restart()
            let report = try await sink.put(numbers(500..<1000))
            #expect(report.rejections.isEmpty && report.retries.isEmpty && report.isDurable)
            #expect(try await source.poll { $0.records.count >= 1000 })
            #expect(source.records.map(\.value) == (0..<1000).map { "{\"n\":\($0)}" })
            await source.close()
        }

        @Test func secondMemberTakesOverWhatTheFirstLeaves() async throws {
            let sink = try await sink(
                "\"topic.creation.default.partitions\":4,\"kafka.sticky.partitioning.linger.ms\":\"0\",\"linger.ms\":0")
            let (servers, group) = (try await Broker.apache.servers(), Broker.name("g"))
            try await sink.put(numbers(0..<200))
            let first = try await SourceRun(servers, group: group, topics)
            #expect(try await first.poll { $0.records.count == 200 })
            try await first.commit()
            let second = try await SourceRun(servers, group: group, topics)
            for _ in 0..<50 {
                try await first.poll()
                try await second.poll()
            }
            try await sink.put(numbers(200..<400))
            for _ in 0..<100 where first.records.count + second.records.count < 400 {
                try await first.poll()
                try await second.poll()
            }
            #expect(!second.records.isEmpty, "the group gave the second member nothing")
            try await first.commit()
            try await second.commit()
            await first.close()
            try await sink.put(numbers(400..<600))
            #expect(try await second.poll { first.records.count + $0.records.count >= 600 })
            let all = (first.records + second.records).map(\.value)
            #expect(all.count == 600 && Set(all).count == 600)
            await second.close()
        }

        @Test func memberWithoutPartitionsWaitsForSomeBeforeItIsAtTheEnd() async throws {
            try await sink().put(numbers(0..<3))
            let (servers, group, clock) = (try await Broker.apache.servers(), Broker.name("g"), ManualClock())
            let first = try await SourceRun(servers, group: group, topics)
            #expect(try await first.poll { $0.records.count == 3 })
            try await first.commit()
            let second = try await SourceRun(servers, group: group, topics, clock: clock.clock)
            for _ in 0..<600 where !second.log.text.contains("count=0") {
                try await first.poll()
                try await second.poll()
            }
            #expect(try await second.poll() == .more)
            clock.advance(.seconds(15))
            #expect(try await second.poll() == .idle(.milliseconds(1)))
            await first.close()
            await second.close()
        }

        @Test func partitionsMoveOnceTheirRecordsAreDurable() async throws {
            let sink = try await sink(
                "\"topic.creation.default.partitions\":4,\"kafka.sticky.partitioning.linger.ms\":\"0\",\"linger.ms\":0")
            let (servers, group) = (try await Broker.apache.servers(), Broker.name("g"))
            try await sink.put(numbers(0..<200))
            let first = try await SourceRun(servers, group: group, topics)
            #expect(try await first.poll { $0.records.count == 200 })
            let second = try await SourceRun(servers, group: group, topics)
            for _ in 0..<50 {
                try await first.poll()
                try await second.poll()
            }
            #expect(second.records.isEmpty, "what the first has not made durable was read again")
            #expect(try await first.poll() == .more, "what is given back is not at its end")
            try await first.commit()
            for _ in 0..<600 where !second.log.text.contains("count=2") {
                try await first.poll()
                try await second.poll()
            }
            try await sink.put(numbers(200..<400))
            for _ in 0..<600 where first.records.count + second.records.count < 400 {
                try await first.poll()
                try await second.poll()
            }
            #expect(!second.records.isEmpty, "the group gave the second member nothing")
            #expect(Set((first.records + second.records).map(\.value)).count == 400)
            #expect(first.records.count + second.records.count == 400)
            await first.close()
            await second.close()
        }
    }
}
