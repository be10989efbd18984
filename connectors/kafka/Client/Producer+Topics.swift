import CRdKafka
import ConnectorKit

extension Producer {
    /// A topic that was just created shows up after a moment.
    private static let tries = 25

    /// Makes sure that a topic exists, and creates it when `creation` says how; reports that come meanwhile are counted.
    ///
    /// - Throws: `configuration` when it does not exist or may not be written to.
    func require(
        _ name: String, _ handle: OpaquePointer, _ creation: TopicCreation?, _ tally: inout Tally
    ) throws(ConnectorError) {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        for attempt in 0..<Self.tries {
            code = try unsafe state(of: handle)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            let isMissing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            guard isMissing || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE else { break }
            if isMissing, attempt == 0 { try creation?.create(name, client, patience) }
            reports(within: .milliseconds(200), &tally)
        }
        throw client.hopelessness() ?? connectorError(code, "topic \(name) cannot be written to")
    }

    /// What the brokers call their cluster; nil when none answered within 10 seconds.
    func clusterID() -> String? {
        for _ in 0..<20 where !patience.isOver {
            if let name = client.clusterID(within: patience.turn) { return name }
        }
        return nil
    }

    /// What brokers know of a topic, or why they do not say so within 10 seconds.
    private func state(of handle: OpaquePointer) throws(ConnectorError) -> rd_kafka_resp_err_t {
        var code = RD_KAFKA_RESP_ERR__TIMED_OUT
        for _ in 0..<20 {
            if patience.isOver { throw Patience.over }
            let answer = unsafe client.metadata(of: handle, timeout: patience.turn)
            code = answer.call
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return answer.topic }
            guard code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT else { break }
        }
        return code
    }
}
