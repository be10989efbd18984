import ConnectorKit
import Testing

@testable import KafkaConnector

@Suite(.serialized, .enabled(if: ApacheKafka.home != nil, Comment(rawValue: ApacheKafka.absence)))
struct ApacheKafkaTests {
    private static let creating = "\"topic.creation.default.partitions\":1"

    /// The first connection waits until the broker is up.
    private func sink(_ kafka: ApacheKafka, _ settings: String) async throws -> SinkRun {
        for _ in 0..<20 {
            do { return try await SinkRun(kafka.servers, settings) } catch let error as ConnectorError {
                guard error.kind == .retriable else { throw error }
            }
        }
        return try await SinkRun(kafka.servers, settings)
    }

    @Test func recordsComeBackAndFaultsHaveTheirKinds() async throws {
        let kafka = try ApacheKafka()
        let plain = try await sink(kafka, "\"kafka.message.max.bytes\":\"5000000\"")
        let missing = await #expect(throws: ConnectorError.self) { try await plain.put(numbers(0..<1)) }
        #expect(missing?.kind == .configuration)
        let creating = try await sink(kafka, Self.creating)
        try await creating.put([Given(json: "1", topic: "other")])
        let unknown = try await SourceRun(kafka.servers, group: "u", "\"topics\":\"nowhere\"")
        let error = await #expect(throws: ConnectorError.self) { _ = try await unknown.poll { _ in false } }
        #expect(error?.kind == .configuration)
        await unknown.close()
        let large = Given(json: "\"\(String(repeating: "x", count: 2_000_000))\"", topic: "other")
        let given = [Given(json: "2", topic: "other"), large, Given(json: "3", topic: "other")]
        let report = try await plain.put(given)
        #expect(report.rejections.map(\.recordIndex) == [1])
        let source = try await SourceRun(kafka.servers, group: "o", "\"topics\":\"other\"")
        #expect(try await source.poll { $0.records.count == 3 })
        #expect(Set(source.records.map(\.value)) == ["1", "2", "3"])
        await source.close()
    }

    @Test func nothingIsLostWhenTheBrokerIsKilledAndStarted() async throws {
        let kafka = try ApacheKafka()
        let sink = try await sink(kafka, Self.creating)
        try await sink.put(numbers(0..<500))
        let source = try await SourceRun(kafka.servers, group: "g")
        #expect(try await source.poll { $0.records.count == 500 })
        try await source.commit()
        kafka.kill()
        try kafka.start()
        let report = try await sink.put(numbers(500..<1000))
        #expect(report.rejections.isEmpty && report.retries.isEmpty && report.isDurable)
        #expect(try await source.poll { $0.records.count >= 1000 })
        #expect(source.records.map(\.value) == (0..<1000).map { "{\"n\":\($0)}" })
        await source.close()
    }

    @Test func secondMemberTakesOverWhatTheFirstLeaves() async throws {
        let kafka = try ApacheKafka()
        let sink = try await sink(kafka, "\"topic.creation.default.partitions\":4,\"partitioner\":\"random\"")
        try await sink.put(numbers(0..<200))
        let first = try await SourceRun(kafka.servers, group: "g")
        #expect(try await first.poll { $0.records.count == 200 })
        try await first.commit()
        let second = try await SourceRun(kafka.servers, group: "g")
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

    @Test func groupDecidesWhereToGoOnWithoutPositions() async throws {
        let kafka = try ApacheKafka()
        let sink = try await sink(kafka, Self.creating)
        try await sink.put(numbers(0..<5))
        let first = try await SourceRun(kafka.servers, group: "g")
        try await first.drain()
        try await first.commit()
        await first.close()
        try await sink.put(numbers(5..<6))
        let second = try await SourceRun(kafka.servers, group: "g")
        try await second.drain()
        #expect(second.records.map(\.value) == ["{\"n\":5}"])
        await second.close()
        let behind = Position(partition: ["topic": "t", "partition": 0], offset: ["offset": 2])
        let third = try await SourceRun(kafka.servers, group: "g", positions: [behind])
        try await third.drain()
        #expect(third.records.map(\.value) == ["{\"n\":5}"], "the group was led further by another member")
    }
}
