import CRdKafka
import ConnectorKit
import Synchronization
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("The end of a topic of positions") struct TopicTailTests {
        /// Counts what one thread reads for another.
        private final class Counter: Sendable {
            private let count = Mutex(0)
            var value: Int { count.withLock { $0 } }
            func add() { count.withLock { $0 += 1 } }
        }

        /// A producer with transactions of its own.
        private func producer(_ servers: String) throws -> Producer {
            let configuration = try configuration(servers, [("transactional.id", Broker.name("id"))])
            let producer = try Producer(configuration, Observer(.silent))
            try producer.initTransactions(within: .seconds(20))
            return producer
        }

        private func configuration(_ servers: String, _ more: [(String, String)]) throws -> ClientConfiguration {
            let configuration = ClientConfiguration()
            for (name, value) in [("bootstrap.servers", servers)] + more {
                #expect(configuration.set(name, value) == nil)
            }
            return configuration
        }

        /// Begins a transaction with a message in it.
        private func begin(_ producer: Producer, _ topic: String) throws {
            try producer.beginTransaction()
            let handle = try unsafe #require(producer.topic(FieldName(interning: topic)))
            var tally = Tally()
            let sending = tally.begin()
            let tag = Tally.tag(of: 0, in: sending)
            #expect(unsafe producer.sendToFirst([1], [2], to: handle, tag: tag) == RD_KAFKA_RESP_ERR_NO_ERROR)
            tally.sent(1, in: sending)
            for _ in 0..<200 where tally.pending > 0 { producer.reports(within: .milliseconds(100), &tally) }
            #expect(tally.pending == 0 && tally[sending].failures.isEmpty)
        }

        @Test(arguments: Broker.available)
        func isThatOfTheBeginning(_ broker: Broker) async throws {
            let (servers, topic) = (try await broker.servers(), Broker.name())
            try await SinkRun(servers, #""topic":"\#(topic)","topic.creation.default.partitions":1"#)
                .put(numbers(0..<3))
            let (first, second) = (try producer(servers), try producer(servers))
            try begin(first, topic)
            let settings = [("isolation.level", "read_committed"), ("enable.partition.eof", "true")]
            let tail = try TopicTail(configuration(servers, settings), Observer(.silent), topic: topic)
            let seen = Counter()
            let reading = Task.detached { [clock = WorkerClock.system] in
                try tail.read(until: clock.monotonic + .seconds(300), Patience()) { _ in seen.add() }
            }
            // Then it knows the end, and waits for the first transaction.
            while seen.value < 3 { try await Task.sleep(for: .milliseconds(10)) }
            try begin(second, topic)
            try first.commitTransaction(within: .seconds(60))
            try await reading.value
            #expect(seen.value == 4)
            try second.abortTransaction(within: .seconds(60))
        }
    }
}
