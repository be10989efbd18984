import ConnectorKit

/// Settings of the `kafka` source.
struct SourceConfig: Sendable {
    enum OffsetReset: String, Sendable, CaseIterable {
        case earliest
        case latest
        case none
    }

    static let topics = Setting.list("topics", "Topics to read; excludes `topics.regex`.").defaulting(to: [])
        .example("orders,payments").group("What to read")
        .checked { names in
            names.first { !TopicTemplate.isName($0) }.map {
                "topics holds \"\($0.prefix(60))\"; expected names of \(TopicTemplate.rule)"
            }
        }
    static let regex = Setting.string(
        "topics.regex",
        "Pattern of the topics to read, of which new ones are found within five minutes; it must match whole names."
    ).optional.example("orders-.*").group("What to read")
    static let group = Setting.string(
        "group.id", "The consumer group: tasks and workers of one group share the partitions among them."
    ).example("sluice-orders").group("What to read").checked { $0.isEmpty ? "group.id is empty; expected a name" : nil }
    static let reset = Setting.enumeration(
        "auto.offset.reset", OffsetReset.self,
        "Where to begin in a partition without an offset, or whose offset is gone: `none` fails the task instead."
    ).defaulting(to: .earliest).group("What to read")
    static let keyConverter = ConverterSettings("key.converter", .string, "What a key is:")
    static let valueConverter = ConverterSettings(
        "value.converter", .json, "What a value is; a message without one is a tombstone:")
    static let headerConverter = ConverterSettings("header.converter", .string, "What a header is:")

    static let definition = ConfigDefinition(
        [topics, regex, group, reset] + keyConverter.all + valueConverter.all + headerConverter.all
            + ConnectionConfig.settings + [ConnectionConfig.consumerOverrides],
        rules: [
            ConnectionConfig.rule(ConnectionConfig.consumerOverrides),
            { values in
                guard values[topics].isEmpty == (values[regex] != nil) else {
                    return ("topics", "topics and topics.regex are alternatives; set one of them")
                }
                return nil
            },
        ])

    let keyConverter: ConverterConfig
    let valueConverter: ConverterConfig
    let headerConverter: ConverterConfig
    let connection: ConnectionConfig
    /// What to subscribe to; librdkafka takes a name that begins with `^` for a pattern.
    let subscription: [String]
    private let properties: [(String, String)]

    init(_ values: ConfigValues) {
        keyConverter = Self.keyConverter.config(values)
        valueConverter = Self.valueConverter.config(values)
        headerConverter = Self.headerConverter.config(values)
        connection = ConnectionConfig(values, ConnectionConfig.consumerOverrides)
        subscription = values[Self.regex].map { ["^(\($0))$"] } ?? values[Self.topics]
        let reset = values[Self.reset]
        properties = [
            ("group.id", values[Self.group]), ("auto.offset.reset", reset == .none ? "error" : reset.rawValue),
            ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"), ("enable.partition.eof", "true"),
            ("partition.assignment.strategy", "cooperative-sticky"), ("queued.max.messages.kbytes", "8192"),
            ("fetch.max.bytes", "8388608"),
        ]
    }

    /// What the consumer is made with.
    func configuration() throws(ConnectorError) -> ClientConfiguration { try connection.configuration(properties) }
}
