import CRdKafka
import ConnectorKit

/// Counts the reports of one sending, and keeps what failed; reports of an earlier one, which was given up, are passed over.
struct Tally {
    /// A record that was not delivered.
    struct Failure {
        let index: Int
        let error: ConnectorError
        /// Where it was sent; empty for one that was not.
        var topic = ""
    }

    private var round = 0
    /// Records sent and not reported.
    private(set) var pending = 0
    /// What was not delivered.
    private(set) var failures: [Failure] = []
    /// The first that was given up because of another's failure.
    private(set) var givenUp: Failure?

    /// Begins a sending.
    mutating func begin() {
        round = (round + 1) & 0x3FFF_FFFF
        pending = 0
        failures.removeAll(keepingCapacity: true)
        givenUp = nil
    }

    /// What a record is sent under: the round above, its index from 1 on below. Never 0.
    func tag(of index: Int) -> Int { round << 32 | (index + 1) }

    /// Counts a record that is on its way.
    mutating func sent() { pending += 1 }

    /// Takes a report.
    mutating func take(_ tag: Int, _ code: rd_kafka_resp_err_t, topic: @autoclosure () -> String) {
        guard tag >> 32 == round, pending > 0 else { return }
        pending -= 1
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let topic = topic()
        let error = connectorError(code, "Kafka did not take the record for topic \(topic)")
        let failure = Failure(index: (tag & 0xFFFF_FFFF) - 1, error: error, topic: topic)
        if code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT {
            givenUp = givenUp ?? failure
        } else {
            failures.append(failure)
        }
    }
}
