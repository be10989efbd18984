import ConnectorKit

/// The settings of the sink's transactions.
struct TransactionConfig: Sendable {
    static let isOn = Setting.bool(
        "exactly.once",
        "Whether records become visible in transactions that also hold the positions they reach, one for each "
            + "`offset.flush.interval.ms` of the worker."
    ).defaulting(to: false).group("Exactly once")
    static let id = Setting.string(
        "transactional.id",
        "What the transactions of this sink are known by to the brokers; a hyphen and the task's number follow, with a "
            + "`kafka` source in the same cluster a hyphen and the worker's id before these. By default the pipeline's name, a hyphen and the sink's. A second producer of the same id ends the first."
    ).optional.example("orders-eu").group("Exactly once").checked { $0 == "" ? "transactional.id is empty" : nil }
    static let timeout = Setting.duration(
        "transaction.timeout.ms", in: .seconds(1) ... .seconds(3600),
        "How long a transaction may be open before the brokers take it back, which must be well above the flush interval. "
            + "As long, at most, readers of committed data wait behind a worker that was killed."
    ).defaulting(to: .seconds(60)).group("Exactly once")
    static let positions = Setting.string(
        "positions.topic",
        "The topic that keeps the positions, one for any number of pipelines. When missing it is created, compacted, with "
            + "one partition and as many replicas as `topic.creation.default.replication.factor` says, by default the "
            + "brokers'."
    ).defaulting(to: "sluice-positions").group("Exactly once").checked {
        TopicTemplate.isName($0) ? nil : "positions.topic is no topic name; expected \(TopicTemplate.rule)"
    }

    static let settings: [any AnySetting] = [isOn, id, timeout, positions]

    static let rule: ConfigDefinition.Rule = { values in
        guard !values[isOn], values[id] != nil else { return nil }
        return ("transactional.id", "transactional.id is set, but exactly.once is false; remove one of them")
    }

    private let id: String?
    let timeout: Duration
    let topic: String

    /// Nil when the sink is to have no transactions.
    init?(_ values: ConfigValues) {
        guard values[Self.isOn] else { return nil }
        id = values[Self.id]
        timeout = values[Self.timeout]
        topic = values[Self.positions]
    }

    /// What a task's transactions are known by.
    func id(for context: SinkContext) -> String {
        "\(id ?? "\(context.pipeline)-\(context.name)")-\(context.task.index)"
    }

    /// What the transactions of a task are known by that is one of a consumer group's members, in any number of workers.
    func memberID(for context: SinkContext) -> String {
        "\(id ?? "\(context.pipeline)-\(context.name)")-\(context.worker)-\(context.task.index)"
    }

    /// What a producer needs beside the rest; a message must not outlive its transaction.
    func properties(id: String, _ deliveryTimeout: Duration) -> [(String, String)] {
        [
            ("transactional.id", id), ("transaction.timeout.ms", "\(timeout.milliseconds)"),
            ("message.timeout.ms", "\(min(timeout, deliveryTimeout).milliseconds)"),
        ]
    }
}
