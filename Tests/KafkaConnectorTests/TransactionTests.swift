import CRdKafka
import ConnectorKit
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Exactly once into Kafka") struct TransactionTests {
        /// The settings of a sink to a topic of a test's own, and the name of its pipeline.
        private struct Setup {
            let servers: String
            let topic = Broker.name()
            let pipeline = Broker.name("p")

            init(_ broker: Broker) async throws { servers = try await broker.servers() }

            func sink(_ settings: String = "", clock: WorkerClock = .system) async throws -> SinkRun {
                try await SinkRun(
                    servers,
                    "\"exactly.once\":true,\"topic\":\"\(topic)\",\"topic.creation.default.partitions\":1"
                        + (settings.isEmpty ? "" : ",\(settings)"), pipeline: pipeline, clock: clock)
            }

            /// What a reader of committed data sees.
            func committed(_ settings: String = "") async throws -> [String] {
                let source = try await SourceRun(
                    servers, group: Broker.name("g"), "\"topics\":\"\(topic)\"\(settings.isEmpty ? "" : ",\(settings)")"
                )
                try await source.drain()
                await source.close()
                return source.records.map(\.value)
            }
        }

        private func values(_ range: Range<Int>) -> [String] { range.map { "{\"n\":\($0)}" } }

        @Test(arguments: Broker.available)
        func recordsAppearWithTheirPositionAtAFlush(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let first = try await setup.sink()
            #expect(first.stored == [])
            let report = try await first.put(numbers(0..<3), at: 3)
            #expect(!report.isDurable)
            try await first.put(numbers(3..<5), at: 5)
            #expect(try await setup.committed() == [])
            try await first.flush()
            #expect(try await setup.committed() == values(0..<5))
            try await first.put(numbers(5..<9), at: 9)
            await first.close()
            let second = try await setup.sink()
            #expect(second.stored == [position(5)])
            #expect(try await setup.committed() == values(0..<5))
            try await second.put(numbers(5..<6), at: 6)
            try await second.flush()
            await second.close()
            #expect(try await setup.committed() == values(0..<6))
            #expect(try await setup.committed("\"isolation.level\":\"read_uncommitted\"").count > 6)
        }

        @Test(arguments: Broker.available)
        func positionsAreForgottenOnceTheWorkerHasThem(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let first = try await setup.sink()
            try await first.put([], at: 7)
            try await first.put([], at: 2, of: "b")
            try await first.flush()
            try await first.put(numbers(0..<1), at: 8)
            try await first.flush()
            await first.close()
            let second = try await setup.sink()
            #expect(second.stored == [position(8)])
            try await second.flush()
            await second.close()
            #expect(try await setup.sink().stored == [])
        }

        @Test(arguments: Broker.available)
        func secondProducerEndsTheFirstForGood(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let zombie = try await setup.sink()
            try await zombie.put(numbers(0..<2), at: 2)
            try await zombie.flush()
            try await zombie.put(numbers(2..<4), at: 4)
            let heir = try await setup.sink()
            #expect(heir.stored == [position(2)])
            let error = await #expect(throws: ConnectorError.self) { try await zombie.flush() }
            #expect(error?.kind == .configuration, "\(String(describing: error))")
            #expect(error?.message.contains("transactional.id") == true)
            await #expect(throws: ConnectorError.self) { try await zombie.put(numbers(4..<5), at: 5) }
            await zombie.close()
            try await heir.put(numbers(2..<3), at: 3)
            try await heir.flush()
            await heir.close()
            #expect(try await setup.committed() == values(0..<3))
        }

        @Test(arguments: Broker.available)
        func secondProducerEndsTheFirstForGoodWhenItWritesAgain(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let zombie = try await setup.sink()
            try await zombie.put(numbers(0..<2), at: 2)
            try await zombie.flush()
            let heir = try await setup.sink()
            let error = await #expect(throws: ConnectorError.self) {
                for number in 2..<50 { try await zombie.put(numbers(number..<(number + 1)), at: Int64(number)) }
            }
            #expect(error?.kind == .configuration, "\(String(describing: error))")
            await zombie.close()
            await heir.close()
        }

        @Test(arguments: Broker.available)
        func recordTooLargeIsRejectedAlone(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let sink = try await setup.sink("\"kafka.message.max.bytes\":\"2000\"")
            try await sink.put(numbers(0..<1), at: 1)
            let large = Given(json: "\"\(String(repeating: "x", count: 3000))\"")
            let report = try await sink.put(numbers(1..<2) + [large] + numbers(2..<3), at: 4)
            #expect(report.rejections.map(\.recordIndex) == [1] && report.retries.isEmpty)
            try await sink.flush()
            await sink.close()
            #expect(try await setup.committed() == values(0..<3))
        }

        @Test(arguments: Broker.available)
        func tasksKeepTheirPositionsApart(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            func task(_ index: Int, of count: Int) async throws -> SinkRun {
                try await SinkRun(
                    setup.servers, "\"exactly.once\":true,\"topic\":\"\(setup.topic)\"", pipeline: setup.pipeline,
                    task: TaskSlot(index: index, count: count))
            }
            let (first, second) = (try await task(0, of: 2), try await task(1, of: 2))
            try await first.put([], at: 1)
            try await second.put([], at: 2, of: "b")
            try await first.flush()
            try await second.flush()
            await first.close()
            await second.close()
            let alone = try await task(0, of: 1)
            #expect(alone.stored == [position(1), position(2, of: "b")])
            try await alone.flush()
            await alone.close()
            #expect(try await task(0, of: 1).stored == [])
        }

        @Test(.enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
        func recordThatTheBrokerRefusesIsRejectedAlone() async throws {
            let setup = try await Setup(.apache)
            // More than an hour ahead, which message.timestamp.after.max.ms forbids.
            let future = Given(json: "0", timestamp: 4_000_000_000_000)
            let batch = numbers(1..<6) + [future] + numbers(6..<9)
            let first = try await setup.sink()
            let alone = try await retried { try await first.put(batch, at: 9) }
            #expect(alone.rejections.map(\.recordIndex) == [5])
            try await first.flush()
            try await first.put(numbers(9..<10), at: 10)
            let together = await #expect(throws: ConnectorError.self) { try await first.put([future], at: 11) }
            #expect(together?.kind == .restartable)
            await #expect(throws: ConnectorError.self) { try await first.flush() }
            await first.close()
            let second = try await setup.sink()
            #expect(second.stored == [position(9)])
            try await second.put(numbers(9..<10), at: 10)
            let again = try await retried { try await second.put([future], at: 11) }
            #expect(again.rejections.map(\.recordIndex) == [0])
            try await second.flush()
            await second.close()
            #expect(try await setup.committed() == values(1..<10))
        }

        @Test(.enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
        func transactionOpenForTooLongStartsTheTaskAgain() async throws {
            let setup = try await Setup(.apache)
            let first = try await setup.sink("\"transaction.timeout.ms\":5000")
            try await first.put(numbers(0..<1), at: 1)
            let error = try await failure(of: first, at: 2)
            #expect(
                error?.kind == .restartable && error?.message.contains("transaction.timeout.ms") == true, "\(error!)")
            await first.close()
            let second = try await setup.sink()
            #expect(second.stored == [])
            #expect(try await setup.committed() == [])
            await second.close()
        }

        @Test(.enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
        func brokerKilledInATransactionLosesAndDoublesNothing() async throws {
            let setup = try await Setup(.apache)
            var (flushed, restarts) = (0, 0)
            while flushed < 600 {
                let sink = try await setup.sink("\"kafka.reconnect.backoff.max.ms\":\"500\"")
                flushed = Int(sink.stored?.first?.offset["line"]?.int ?? 0)
                var next = flushed
                do {
                    while next < 600 {
                        try await sink.put(numbers(next..<(next + 50)), at: Int64(next + 50))
                        next += 50
                        if next % 200 == 100, restarts < 2 {
                            try ApacheKafka.shared.get().restart()
                            restarts += 1
                        }
                        guard next % 200 == 0 else { continue }
                        try await sink.flush()
                        flushed = next
                    }
                } catch let error as ConnectorError where error.kind == .fatal || error.kind == .restartable {}
                await sink.close()
            }
            #expect(restarts == 2)
            #expect(try await setup.committed() == values(0..<600))
        }

        /// Puts until that fails.
        private func failure(of sink: SinkRun, at offset: Int64) async throws -> ConnectorError? {
            for _ in 0..<100_000 {
                do { try await sink.put(numbers(1..<2), at: offset) } catch let error as ConnectorError { return error }
            }
            return nil
        }
    }
}
