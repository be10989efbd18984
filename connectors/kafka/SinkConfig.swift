import ConnectorKit

/// Settings of the `kafka` sink.
struct SinkConfig: Sendable {
    /// What a message has as its key.
    enum KeyMode: String, Sendable, CaseIterable {
        case record
        case none
    }

    enum Compression: String, Sendable, CaseIterable {
        case none
        case gzip
        case snappy
        case lz4
        case zstd
    }

    enum Partitioner: String, Sendable, CaseIterable {
        case murmur2Random = "murmur2_random"
        case murmur2
        case consistentRandom = "consistent_random"
        case consistent
        case fnv1aRandom = "fnv1a_random"
        case fnv1a
        case random
    }

    static let topic = Setting.string(
        "topic",
        "The topic to write to; `${topic}` stands for the record's own. It must exist, unless the next two are set."
    ).defaulting(to: "${topic}").example("raw-${topic}").group("Records").template
        .checked { TopicTemplate.fault(in: $0) }
    static let partitions = Setting.int(
        "topic.creation.default.partitions", in: 1...100_000,
        "Partitions of a topic that the sink creates because it is missing; without it none is created."
    ).optional.group("Records")
    static let replication = Setting.int(
        "topic.creation.default.replication.factor", in: -1...100,
        "Replicas of a topic that the sink creates; -1 leaves it to the brokers (`default.replication.factor`)."
    ).defaulting(to: -1).group("Records").checked {
        $0 == 0 ? "topic.creation.default.replication.factor is 0; expected -1, or 1 to 100" : nil
    }
    static let keyMode = Setting.enumeration(
        "key.mode", KeyMode.self,
        "`record` sends the record's key, or the field that `key.field` names; `none` sends none."
    ).defaulting(to: .record).group("Records")
    static let keyField = Setting.string(
        "key.field", "Path of the field of the value that becomes the key; a record without it is rejected."
    )
    .optional.example("user.id").group("Records").checked { path in
        do { _ = try path.map { try FieldPath($0) } } catch { return "key.field is no field path: \(error)" }
        return nil
    }
    static let keyConverter = ConverterSettings("key.converter", .string, "How the key is written:")
    static let valueConverter = ConverterSettings(
        "value.converter", .json, "How the value is written; null is a tombstone whatever it says:")
    static let headerConverter = ConverterSettings("header.converter", .string, "How headers are written:")
    static let partitioner = Setting.enumeration(
        "partitioner", Partitioner.self,
        "What chooses the partition. `murmur2_random` goes by the key as Kafka's Java clients do."
    ).defaulting(to: .murmur2Random).group("Delivery")
    static let compression = Setting.enumeration("compression.type", Compression.self, "How messages are compressed.")
        .defaulting(to: .none).group("Delivery")
    static let linger = Setting.duration(
        "linger.ms", in: .zero ... .seconds(10),
        "How long to wait for more messages before some are sent; 5 by default, and 0 with `exactly.once`, which waits for "
            + "each batch."
    ).optional.group("Delivery")
    static let timeout = Setting.duration(
        "delivery.timeout.ms", in: .milliseconds(100) ... .milliseconds(Int(Int32.max)),
        "How long librdkafka tries to deliver a message before the worker's own retries take over."
    ).defaulting(to: .seconds(120)).group("Delivery")

    static let definition = ConfigDefinition(
        [
            topic, partitions, replication, keyMode, keyField, partitioner, compression,
            linger, timeout,
        ] + TransactionConfig.settings + keyConverter.all + valueConverter.all + headerConverter.all
            + ConnectionConfig.settings + [ConnectionConfig.producerOverrides],
        rules: [
            ConnectionConfig.rule(ConnectionConfig.producerOverrides, isProducer: true), TransactionConfig.rule,
            { values in
                guard values[keyMode] == .none, values[keyField] != nil else { return nil }
                return ("key.field", "key.field is set, but key.mode is none; remove one of them")
            },
        ])

    let template: TopicTemplate
    let creation: TopicCreation?
    let keyMode: KeyMode
    let keyField: FieldPath?
    let keyConverter: ConverterConfig
    let valueConverter: ConverterConfig
    let headerConverter: ConverterConfig
    let connection: ConnectionConfig
    /// Nil without transactions.
    let transactions: TransactionConfig?
    let replication: Int32
    let timeout: Duration
    private let properties: [(String, String)]

    init(_ values: ConfigValues) {
        template = TopicTemplate(values[Self.topic])
        let replication = Int32(values[Self.replication])
        creation = values[Self.partitions].map { TopicCreation(partitions: Int32($0), replication: replication) }
        self.replication = replication
        timeout = values[Self.timeout]
        transactions = TransactionConfig(values)
        keyMode = values[Self.keyMode]
        keyField = values[Self.keyField].flatMap { try? FieldPath($0) }
        keyConverter = Self.keyConverter.config(values)
        valueConverter = Self.valueConverter.config(values)
        headerConverter = Self.headerConverter.config(values)
        connection = ConnectionConfig(values, ConnectionConfig.producerOverrides)
        let linger = values[Self.linger] ?? (transactions == nil ? .milliseconds(5) : .zero)
        let more = [
            ("compression.type", values[Self.compression].rawValue), ("partitioner", values[Self.partitioner].rawValue),
            ("linger.ms", "\(linger.milliseconds)"),
            ("message.timeout.ms", "\(timeout.milliseconds)"),
        ]
        // Otherwise the first question about a topic has a broker make it, in its own way, before this sink can.
        let makesTopics = creation != nil || transactions != nil
        properties = Self.durable + more + (makesTopics ? [("allow.auto.create.topics", "false")] : [])
    }

    /// What no record is lost or doubled by, unless properties say otherwise.
    static let durable = [("enable.idempotence", "true"), ("acks", "all")]

    /// What the producer is made with; of two equal names the one in `more` wins.
    func configuration(_ more: [(String, String)] = []) throws(ConnectorError) -> ClientConfiguration {
        try connection.configuration(properties + more)
    }
}
