import CRdKafka
import ConnectorKit

/// Finds the topic of each record, and makes sure once that it exists.
@safe
struct TopicRouter {
    private let template: TopicTemplate
    private let creation: TopicCreation?
    private let producer: Producer
    /// Whether no batch may be too large for its topic, since a refusal would end a transaction.
    private let isTransactional: Bool
    /// The topics that are ready, and what is known of them.
    private var known: [FieldName: TopicLimits?] = [:]
    /// The record topic seen last, and where its records go.
    private var last: (source: FieldName?, handle: OpaquePointer)?
    /// The topic given out last, and whether it takes no message without a key, once that was asked.
    private var current: (name: FieldName, needsKey: Bool?)?

    /// More topics than this are taken for a mistake: each is kept for good.
    private static let limit = 10_000
    /// What a batch of one message has around it, at most, headers apart.
    private static let envelope = 1 << 10

    init(_ config: SinkConfig, _ producer: Producer) {
        template = config.template
        creation = config.creation
        self.producer = producer
        isTransactional = config.transactions != nil
    }

    /// The topic a record goes to; reports that come meanwhile are counted.
    ///
    /// - Throws: A rejection when the record leads to no valid name; `configuration` when the topic does not exist.
    mutating func topic(
        of record: borrowing Record, _ tally: inout Tally
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
        let handle = try unsafe ready(name, &tally)
        unsafe last = unsafe (template.dependsOnRecord ? source.map(FieldName.init(interning:)) : nil, handle)
        return unsafe handle
    }

    private mutating func ready(
        _ name: String, _ tally: inout Tally
    ) throws(ConnectorError) -> OpaquePointer {
        guard known.count < Self.limit else { throw .rejected("the records name more than \(Self.limit) topics") }
        let interned = FieldName(interning: name)
        guard let handle = unsafe producer.topic(interned) else {
            throw .fatal("librdkafka made no handle for topic \(name)")
        }
        if known[interned] == nil {
            try unsafe producer.require(name, handle, creation, &tally)
            known[interned] = isTransactional ? try limits(of: name) : TopicLimits?.none
        }
        current = (interned, nil)
        return unsafe handle
    }

    /// Whether the topic given out last takes no message without a key: what brokers refuse takes neighbours along, which
    /// then come late. Asked of the brokers when it first matters.
    mutating func needsKey() -> Bool {
        guard let current else { return false }
        if let needsKey = current.needsKey { return needsKey }
        let limits =
            (known[current.name] ?? nil)
            ?? TopicLimits(of: current.name.description, producer.client, within: .seconds(2))
        known[current.name] = limits
        self.current?.needsKey = limits.needsKeys
        return limits.needsKeys
    }

    /// Makes sure that no batch can be too large for the topic.
    private func limits(of name: String) throws(ConnectorError) -> TopicLimits {
        let limits = TopicLimits(of: name, producer.client, within: .seconds(10))
        let room = (limits.bytes ?? .max) - Self.envelope
        guard producer.messageLimit <= room else {
            throw .configuration(
                "topic \(name) takes batches of \(room + Self.envelope) bytes (max.message.bytes), and with exactly.once "
                    + "none may be refused; set kafka.message.max.bytes to \(room) or less, or raise the topic's limit")
        }
        return limits
    }
}
