import CRdKafka
import ConnectorKit
import Synchronization
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("The end of a topic of positions") struct TopicTailTests {
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
            let reading = [("isolation.level", "read_committed"), ("enable.partition.eof", "true")]
            let tail = try TopicTail(configuration(servers, reading), Observer(.silent), topic: topic)
            let count = Task.detached { [clock = WorkerClock.system] in
                let count = Mutex(0)
                try tail.read(until: clock.monotonic + .seconds(10), clock) { _ in count.withLock { $0 += 1 } }
                return count.withLock { $0 }
            }
            try await Task.sleep(for: .seconds(2))
            try begin(second, topic)
            try first.commitTransaction(within: .seconds(10))
            #expect(try await count.value == 4)
            try second.abortTransaction(within: .seconds(10))
        }
    }
}
