import CRdKafka
import ConnectorKit
import Synchronization
import Testing

@testable import KafkaConnector

@Suite("What librdkafka says of itself") struct ObserverTests {
    private final class Warnings: Sendable {
        private let entries = Mutex<[Log.Entry]>([])
        var log: Log { Log(minimum: .debug) { entry in self.entries.withLock { $0.append(entry) } } }
        var count: Int { entries.withLock { $0.count { $0.level == .warning } } }
    }

    private let log = Warnings()

    @Test func warningsStayWarnings() {
        let observer = Observer(log.log)
        for (level, text) in [(3, "a"), (4, "b"), (5, "c"), (7, "d")] as [(Int32, String)] {
            observer.logged(level, text)
        }
        #expect(log.count == 2)
    }

    @Test func oneEventIsOneLine() {
        let observer = Observer(log.log)
        let refused =
            "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 3ms in state CONNECT)"
        observer.failed(RD_KAFKA_RESP_ERR__TRANSPORT, refused)
        observer.failed(
            RD_KAFKA_RESP_ERR__TRANSPORT,
            refused.replacing("3ms in state CONNECT", with: "1ms, 4 identical error(s) suppressed"))
        observer.logged(3, "[thrd:127.0.0.1:1/bootstrap]: \(refused)")
        observer.failed(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "t [1]: desired partition is no longer available")
        for partition in 0..<3 {
            observer.failed(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "t [\(partition)]: topic does not exist")
        }
        observer.missing(
            Trouble(
                code: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, text: "Subscribed topic not available: t: Unknown",
                topic: "",
                partition: -1))
        #expect(log.count == 2)
        observer.failed(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "u [0]: topic does not exist")
        #expect(log.count == 3)
    }

    @Test func whatWasNotHeardOfForAWhileIsNewsAgain() {
        var events = RecentEvents()
        #expect(
            [0, 40, 90, 149, 210].map { events.isNews("a", at: .seconds($0)) } == [true, false, false, false, true])
    }
}
