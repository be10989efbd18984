import CRdKafka
import ConnectorKit
import Synchronization

/// Hears what a client says of itself: its log, its errors, and the rebalances of its group.
final class Observer: @unchecked Sendable {
    // `@unchecked`: `rebalance` is set before the client is made, and then only read.
    private let log: Log
    private let state = Mutex(State())
    /// Takes part in the rebalances of a consumer's group.
    var rebalance: Assignment?

    private struct State {
        var lasting: ConnectorError?
        /// Whether `lasting` is what one connection ended with.
        var isOfConnection = false
        var latest: String?
        var isConnected = false
        var events = RecentEvents()

        mutating func heard(_ error: ConnectorError, _ code: rd_kafka_resp_err_t) {
            // A topic that is gone may be made again; whoever uses it is told by itself.
            if Observer.isOfTopic(code) { return }
            if error.kind != .retriable {
                guard lasting == nil || isOfConnection else { return }
                (lasting, isOfConnection) = (error, Observer.isOfConnection(code))
            } else if isConnected, isOfConnection, code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
                // A broker that cannot be reached may have ended the login on its way down.
                (lasting, isOfConnection) = (nil, false)
            }
        }
    }

    init(_ log: Log) { self.log = log }

    /// The first error that waiting cannot mend; librdkafka itself would go on trying.
    var lasting: ConnectorError? { state.withLock { $0.lasting } }

    /// Whether ``lasting`` may have passed all the same: brokers have let this client in before, and one that is restarted
    /// ends logins half-way, or a single token was not to be had.
    var isInDoubt: Bool { state.withLock { $0.isConnected && $0.isOfConnection } }

    /// Learns that brokers have let this client in.
    func connected() { state.withLock { $0.isConnected = true } }

    /// Learns that a broker answers now.
    func answered() {
        state.withLock { state in
            state.isConnected = true
            if state.isOfConnection { (state.lasting, state.isOfConnection) = (nil, false) }
        }
    }

    private static func isOfConnection(_ code: rd_kafka_resp_err_t) -> Bool {
        code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL
            || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED
            || code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM
    }

    static func isOfTopic(_ code: rd_kafka_resp_err_t) -> Bool {
        code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
            || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION
    }

    /// The last thing that went wrong, for the message of a call that only knows that time is up.
    var latest: String? { state.withLock { $0.latest } }

    func failed(_ code: rd_kafka_resp_err_t, _ text: String) {
        let error = connectorError(code, "the connection to Kafka failed", text)
        state.withLock { state in
            // That no broker is left follows from what was heard of each of them before.
            if code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || state.latest == nil { state.latest = text }
            state.heard(error, code)
        }
        // That a partition is no longer there follows from what is said of its topic, which is gone or was made anew.
        let isNews = code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && self.isNews(text, isTopic: Self.isOfTopic(code))
        guard isNews else { return log.debug("Kafka reports a problem", ("reason", text)) }
        log.warning("Kafka reports a problem", ("reason", text), ("code", error.native ?? ""))
    }

    /// Learns that a topic is not there which others are read beside.
    func missing(_ trouble: Trouble) {
        guard isNews(trouble.text, isTopic: true) else { return }
        log.warning(
            "A topic is not there, and the others are read", ("reason", trouble.text),
            ("code", name(of: trouble.code)))
    }

    private func isNews(_ text: String, isTopic: Bool = false) -> Bool {
        state.withLock { $0.events.isNews(text, isTopic: isTopic, at: WorkerClock.system.monotonic) }
    }

    private static let wasLeftBehind = Atomic<Bool>(false)

    /// Learns that librdkafka does not end the client; the first time in a process is logged.
    func leftBehind() {
        if Self.wasLeftBehind.exchange(true, ordering: .relaxed) { return }
        log.info("librdkafka takes its time to end a client, which goes on by itself")
    }

    /// Levels are syslog's; from warnings down they are passed on, what is reported as an error as well only once.
    func logged(_ level: Int32, _ text: String) {
        guard level <= 4, isNews(text) else { return log.debug("librdkafka", ("message", text)) }
        log.warning("librdkafka", ("message", text))
    }
}
