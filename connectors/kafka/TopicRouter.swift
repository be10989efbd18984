import CRdKafka
import ConnectorKit

/// Finds the topic of each record, and makes sure once that it exists.
@safe
struct TopicRouter {
    private let template: TopicTemplate
    private let creation: TopicCreation?
    private let producer: Producer
    private var known: Set<FieldName> = []
    /// The record topic seen last, and where its records go.
    private var last: (source: FieldName?, handle: OpaquePointer)?

    /// More topics than this are taken for a mistake: each is kept for good.
    private static let limit = 10_000
    /// A topic that was just created shows up after a moment.
    private static let tries = 25

    init(_ config: SinkConfig, _ producer: Producer) {
        template = config.template
        creation = config.creation
        self.producer = producer
    }

    /// The topic a record goes to; reports that come meanwhile go to `take`.
    ///
    /// - Throws: A rejection when the record leads to no valid name; `configuration` when the topic does not exist.
    mutating func topic(
        of record: borrowing Record, _ take: (Int, rd_kafka_resp_err_t) -> Void
    ) throws(ConnectorError) -> OpaquePointer {
        if let last = unsafe last {
            let isSame = unsafe last.source.map { record.topicEquals($0) } ?? (!template.dependsOnRecord)
            if isSame { return unsafe last.handle }
        }
        let source = record.topic
        guard let name = template.name(source) else {
            throw .rejected("the record has no topic; name one with the setting topic")
        }
        guard TopicTemplate.isName(name) else {
            throw .rejected("\"\(name.prefix(60))\" cannot be a topic; expected \(TopicTemplate.rule)")
        }
        let handle = try unsafe ready(name, take)
        unsafe last = unsafe (template.dependsOnRecord ? source.map(FieldName.init(interning:)) : nil, handle)
        return unsafe handle
    }

    private mutating func ready(
        _ name: String, _ take: (Int, rd_kafka_resp_err_t) -> Void
    ) throws(ConnectorError) -> OpaquePointer {
        guard known.count < Self.limit else { throw .rejected("the records name more than \(Self.limit) topics") }
        let interned = FieldName(interning: name)
        guard let handle = unsafe producer.topic(interned) else {
            throw .fatal("librdkafka made no handle for topic \(name)")
        }
        if known.insert(interned).inserted {
            do {
                try unsafe require(name, handle, take)
            } catch {
                known.remove(interned)
                throw error
            }
        }
        return unsafe handle
    }

    private func require(
        _ name: String, _ handle: OpaquePointer, _ take: (Int, rd_kafka_resp_err_t) -> Void
    ) throws(ConnectorError) {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        for attempt in 0..<Self.tries {
            let answer = unsafe producer.client.metadata(of: handle, timeout: .seconds(10))
            code = answer.call == RD_KAFKA_RESP_ERR_NO_ERROR ? answer.topic : answer.call
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            let isMissing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            guard isMissing || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE else { break }
            if isMissing, attempt == 0 { try creation?.create(name, producer.client) }
            producer.reports(within: .milliseconds(200), take)
        }
        throw producer.client.observer.lasting ?? connectorError(code, "topic \(name) cannot be written to")
    }
}
