import ConnectorKit
import ConnectorTestKit
import Glibc
import TestSupport
import Testing

@testable import KafkaConnector

@Suite struct StallWatchTests {
    private let subject = StallWatch.Subject.partition(TopicPartition(topic: "t", number: 0))

    private func watch() -> StallWatch {
        var watch = StallWatch(limit: .seconds(8))
        watch.follow([subject])
        watch.advance(to: .seconds(100))
        return watch
    }

    private func pass(_ seconds: Int, _ watch: inout StallWatch, from start: Int = 100, trouble: String?) {
        for second in 1...seconds {
            watch.advance(to: .seconds(start + second))
            if watch.toAsk() == subject { watch.answered(subject, trouble: trouble) }
        }
    }

    @Test func silenceThatAnswersWellIsNone() {
        var watch = watch()
        pass(60, &watch, trouble: nil)
        #expect(watch.stalled == nil)
    }

    @Test func troubleCountsOnceTheLimitIsOver() {
        var watch = watch()
        pass(7, &watch, trouble: "silent")
        #expect(watch.stalled == nil)
        pass(1, &watch, from: 107, trouble: "silent")
        #expect(watch.stalled?.trouble == "silent")
        watch.saw(subject)
        #expect(watch.stalled == nil)
    }

    @Test func timeNotSpentPollingDoesNotCount() {
        var watch = watch()
        pass(4, &watch, trouble: "silent")
        watch.advance(to: .seconds(1000))
        #expect(watch.stalled == nil)
    }

    @Test func whileOthersAreReadOneIsAskedInAQuarterOfTheLimit() {
        var watch = watch()
        let subjects = (0..<8).map { StallWatch.Subject.partition(TopicPartition(topic: "t", number: $0)) }
        watch.follow(subjects)
        var asked = 0
        for step in 1...80 {
            watch.advance(to: .seconds(100) + .milliseconds(100) * step)
            guard let subject = watch.toAsk(isBusy: true) else { continue }
            watch.answered(subject, trouble: "silent")
            asked += 1
        }
        #expect(asked == 4)
        #expect(watch.toAsk() != nil)
    }

    @Test func whatIsNotOursIsForgotten() {
        var watch = watch()
        pass(9, &watch, trouble: "silent")
        watch.follow([.group])
        #expect(watch.stalled == nil)
    }
}

extension BrokerSuites {
    @Suite("Stalls of a Kafka source") struct StallTests {
        private let topic = Broker.name()
        private var settings: String { "\"topics\":\"\(topic)\",\"stall.timeout.ms\":2000" }

        private func sink(_ servers: String, _ settings: String = "") async throws -> SinkRun {
            try await SinkRun(
                servers, "\"topic\":\"\(topic)\",\"topic.creation.default.partitions\":1\(settings)",
                pipeline: Broker.name("p"))
        }

        /// Polls while time passes, until something is thrown.
        private func failure(of source: SourceRun, _ clock: ManualClock, polls: Int) async -> ConnectorError? {
            for _ in 0..<polls {
                do { try await source.poll() } catch { return error as? ConnectorError }
                clock.advance(.milliseconds(900))
            }
            return nil
        }

        @Test(arguments: Broker.available)
        func silentBrokerIsReportedAndReadingGoesOn(_ broker: Broker) async throws {
            let servers = try await broker.servers()
            try await sink(servers).put(numbers(0..<3))
            let clock = ManualClock()
            let source = try await SourceRun(servers, group: Broker.name("g"), settings, clock: clock.clock)
            #expect(try await source.poll { $0.records.count == 3 })
            try await source.drain()
            let process = try broker.process()
            process.signal(SIGSTOP)
            let error = await failure(of: source, clock, polls: 200)
            process.signal(SIGCONT)
            #expect(error?.kind == .retriable && error?.message.contains("stalled") == true)
            #expect(source.metrics.values["kafka_source_stalls"] == 1)
            #expect(source.log.messages.contains("Reading from Kafka has stalled"))
            try await sink(servers).put(numbers(3..<5))
            for _ in 0..<600 where source.records.count < 5 { _ = try? await source.poll() }
            #expect(source.records.count == 5)
            await source.close()
        }

        @Test(arguments: Broker.available)
        func nothingToReadIsNoStall(_ broker: Broker) async throws {
            let servers = try await broker.servers()
            let sink = try await sink(servers, ",\"exactly.once\":true")
            try await sink.put(numbers(0..<3), at: 1)
            try await sink.flush()
            let clock = ManualClock()
            let source = try await SourceRun(servers, group: Broker.name("g"), settings, clock: clock.clock)
            #expect(try await source.poll { $0.records.count == 3 })
            try await source.drain()
            #expect(await failure(of: source, clock, polls: 10) == nil)
            // Records of an open transaction wait for its end.
            try await sink.put(numbers(3..<6), at: 2)
            #expect(await failure(of: source, clock, polls: 10) == nil)
            await sink.close()
            await source.close()
        }
    }
}
