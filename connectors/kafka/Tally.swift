import CRdKafka
import ConnectorKit

/// Counts the reports of what was sent, by sendings, and keeps what failed; reports of a sending that was closed are passed
/// over.
struct Tally {
    /// A record that was not delivered.
    struct Failure {
        let index: Int
        let error: ConnectorError
        /// Where it was sent; empty for one that was not.
        var topic = ""
        /// Whether it was given up because of something else.
        var isGivenUp = false
    }

    /// What is known of a sending.
    struct Count {
        /// Messages sent.
        var sent = 0
        /// Messages sent and not reported.
        var pending = 0
        /// What was not delivered.
        var failures: [Failure] = []
    }

    private var open: [Int: Count] = [:]
    private var last = 0
    /// Whether anything failed since this was set to false.
    var hasFailed = false
    /// Messages of all open sendings that were not reported.
    private(set) var pending = 0

    /// Begins a sending, and gives its number.
    mutating func begin() -> Int {
        last = (last + 1) & 0x3FFF_FFFF
        open[last] = Count()
        return last
    }

    /// What a record is sent under: the sending above, its index from 1 on below. Never 0.
    static func tag(of index: Int, in sending: Int) -> Int { sending << 32 | (index + 1) }
    /// The index of the record that was sent under a tag.
    static func index(of tag: Int) -> Int { (tag & 0xFFFF_FFFF) - 1 }
    /// The sending that a tag is of.
    static func sending(of tag: Int) -> Int { tag >> 32 }

    /// What is known of an open sending.
    subscript(sending: Int) -> Count { open[sending] ?? Count() }

    /// Whether messages of a sending were sent.
    func hasSent(_ sending: Int) -> Bool { self[sending].sent > 0 }

    /// Counts messages that are on their way.
    mutating func sent(_ count: Int, in sending: Int) {
        open[sending]?.sent += count
        open[sending]?.pending += count
        pending += count
    }

    /// Counts messages that were delivered.
    mutating func delivered(_ count: Int, of sending: Int) {
        guard open[sending] != nil else { return }
        open[sending]?.pending -= count
        pending -= count
    }

    /// Takes the report of a message that was not.
    mutating func failed(_ tag: Int, _ code: rd_kafka_resp_err_t, topic: @autoclosure () -> String) {
        guard var count = open[Self.sending(of: tag)] else { return }
        let topic = topic()
        let error = connectorError(code, "Kafka did not take the record for topic \(topic)")
        let isGivenUp = code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT
        count.failures.append(
            Failure(index: Self.index(of: tag), error: error, topic: topic, isGivenUp: isGivenUp))
        count.pending -= 1
        pending -= 1
        open[Self.sending(of: tag)] = count
        hasFailed = true
    }

    /// Forgets a sending.
    mutating func close(_ sending: Int) { pending -= open.removeValue(forKey: sending)?.pending ?? 0 }
}
