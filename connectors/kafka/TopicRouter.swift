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
    private let most: Int
    /// The topics that are ready, by their names.
    private var routes: [String: Route] = [:]
    /// Where the record before went, and its own topic, where that decides.
    private var current: (source: String?, route: Route)?

    /// Where records of a topic go.
    @safe
    private struct Route {
        let name: FieldName
        let handle: OpaquePointer
        /// Nil while nobody has asked.
        var limits: TopicLimits?
    }

    /// What a batch of one message has around it, at most, headers apart.
    private static let envelope = 1 << 10

    /// - Parameter most: More topics than this are taken for a mistake: each is kept for good.
    init(_ config: SinkConfig, _ producer: Producer, most: Int = 10_000) {
        template = config.template
        creation = config.creation
        self.producer = producer
        isTransactional = config.transactions != nil
        self.most = most
    }

    /// The topic a record goes to; reports that come meanwhile are counted.
    ///
    /// - Throws: A rejection when the record leads to no valid name; `configuration` when the topic does not exist.
    mutating func topic(
        of record: borrowing Record, _ tally: inout Tally
    ) throws(ConnectorError) -> OpaquePointer {
        if let current {
            let isSame = current.source.map { record.topicEquals($0) } ?? !template.dependsOnRecord
            if isSame { return unsafe current.route.handle }
        }
        let source = record.topic
        guard let name = template.name(source) else {
            throw .rejected("the record has no topic; name one with the setting topic")
        }
        let route = if let known = routes[name] { known } else { try makeRoute(to: name, &tally) }
        current = (template.dependsOnRecord ? source : nil, route)
        return unsafe route.handle
    }

    private mutating func makeRoute(to name: String, _ tally: inout Tally) throws(ConnectorError) -> Route {
        guard TopicTemplate.isName(name) else {
            throw .rejected("\"\(name.prefix(60))\" cannot be a topic; expected \(TopicTemplate.rule)")
        }
        guard routes.count < most else {
            throw .rejected("the records name more than \(most) topics, and \(name) is not among the first")
        }
        let interned = FieldName(interning: name)
        guard let handle = unsafe producer.topic(interned) else {
            throw .fatal("librdkafka made no handle for topic \(name)")
        }
        try unsafe producer.require(name, handle, creation, &tally)
        let route = unsafe Route(name: interned, handle: handle, limits: isTransactional ? try limits(of: name) : nil)
        routes[name] = route
        return route
    }

    /// Whether the topic given out last takes no message without a key: what brokers refuse takes neighbours along, which
    /// then come late. Asked of the brokers when it first matters.
    mutating func needsKey() -> Bool {
        guard let route = current?.route else { return false }
        if let limits = route.limits { return limits.needsKeys }
        learnLimits(of: route.name.description)
        return current?.route.limits?.needsKeys ?? false
    }

    /// Why the topic given out last refuses a message for certain; nil when it may take it, or nobody has asked.
    func refusal(ofSize size: @autoclosure () -> Int, at timestamp: Int64) -> String? {
        guard !isTransactional, let limits = current?.route.limits else { return nil }
        return limits.refusal(
            size: producer.isCompressing ? nil : size(), timestamp: timestamp, now: WorkerClock.system.now)
    }

    /// Asks what a topic refuses, after it has refused something.
    mutating func learnLimits(of name: String) {
        guard let route = routes[name], route.limits == nil else { return }
        let limits = TopicLimits(of: name, producer.client, within: .seconds(2))
        routes[name]?.limits = limits
        if current?.route.name == route.name { current?.route.limits = limits }
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
