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
            let answer = unsafe client.metadata(of: handle, timeout: .seconds(10))
            code = answer.call == RD_KAFKA_RESP_ERR_NO_ERROR ? answer.topic : answer.call
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            let isMissing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            guard isMissing || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE else { break }
            if isMissing, attempt == 0 { try creation?.create(name, client) }
            reports(within: .milliseconds(200), &tally)
        }
        throw client.hopelessness() ?? connectorError(code, "topic \(name) cannot be written to")
    }
}
