import CRdKafka
import ConnectorKit
import Synchronization

/// Hears what a client says of itself: its log, its errors, and the rebalances of its group.
final class Observer: @unchecked Sendable {
    // `@unchecked`: `rebalance` is set before the client is made and used inside polls alone.
    private let log: Log
    private let state = Mutex(State())
    /// Takes part in the rebalances of a consumer's group.
    var rebalance: Assignment?

    private struct State {
        var lasting: ConnectorError?
        var latest: String?
    }

    init(_ log: Log) { self.log = log }

    /// The first error that waiting cannot mend; librdkafka itself would go on trying.
    var lasting: ConnectorError? { state.withLock { $0.lasting } }

    /// The last thing that went wrong, for the message of a call that only knows that time is up.
    var latest: String? { state.withLock { $0.latest } }

    func failed(_ code: rd_kafka_resp_err_t, _ text: String) {
        let error = connectorError(code, "the connection to Kafka failed", text)
        state.withLock { state in
            // That no broker is left follows from what was heard of each of them before.
            if code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || state.latest == nil { state.latest = text }
            if error.kind != .retriable && state.lasting == nil { state.lasting = error }
        }
        log.warning("Kafka reports a problem", ("reason", text), ("code", error.native ?? ""))
    }

    /// Levels are syslog's; from warnings down they are passed on.
    func logged(_ level: Int32, _ text: String) {
        if level <= 4 { log.info("librdkafka", ("message", text)) } else { log.debug("librdkafka", ("message", text)) }
    }
}
