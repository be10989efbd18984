import CRdKafka
import ConnectorKit

/// Settings of the `kafka` source.
struct SourceConfig: Sendable {
    enum OffsetReset: String, Sendable, CaseIterable {
        case earliest
        case latest
        case none
    }

    enum Isolation: String, Sendable, CaseIterable {
        case readCommitted = "read_committed"
        case readUncommitted = "read_uncommitted"
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
        "Pattern of the topics to read, of which new ones are found within five minutes; it must match whole names. It is a "
            + "POSIX extended regular expression, in which `\\d`, `\\w`, `\\s` and `(?:` are understood as well."
    ).optional.example("orders-.*").group("What to read").checked { $0.flatMap { TopicPattern($0).fault } }
    static let group = Setting.string(
        "group.id", "The consumer group: tasks and workers of one group share the partitions among them."
    ).example("sluice-orders").group("What to read").checked { $0.isEmpty ? "group.id is empty; expected a name" : nil }
    static let reset = Setting.enumeration(
        "auto.offset.reset", OffsetReset.self,
        "Where to begin in a partition without an offset, or whose offset is gone: `none` fails the task instead. A partition "
            + "or topic that appears after the group has begun is read from its start."
    ).defaulting(to: .earliest).group("What to read")
    static let isolation = Setting.enumeration(
        "isolation.level", Isolation.self,
        "`read_committed` passes over what was taken back with its transaction and waits for transactions that are open; "
            + "`read_uncommitted` reads everything."
    ).defaulting(to: .readCommitted).group("What to read")
    static let stall = Setting.duration(
        "stall.timeout.ms", in: .seconds(1) ... .seconds(3600),
        "How long brokers may not answer, messages that wait may not come, or the group may give no partitions, before "
            + "that is reported and counts as a failure to read."
    ).defaulting(to: .seconds(60)).group("What to read")
    static let keyConverter = ConverterSettings("key.converter", .string, "What a key is:")
    static let valueConverter = ConverterSettings(
        "value.converter", .json, "What a value is; a message without one is a tombstone:")
    static let headerConverter = ConverterSettings("header.converter", .string, "What a header is:")

    static let definition = ConfigDefinition(
        [topics, regex, group, reset, isolation, stall] + keyConverter.all + valueConverter.all + headerConverter.all
            + ConnectionConfig.settings + [ConnectionConfig.consumerOverrides],
        rules: [
            ConnectionConfig.rule(ConnectionConfig.consumerOverrides),
            { values in
                guard values[topics].isEmpty == (values[regex] != nil) else {
                    return ("topics", "one of topics and topics.regex is needed, and not both")
                }
                return nil
            },
        ])

    let keyConverter: ConverterConfig
    let valueConverter: ConverterConfig
    let headerConverter: ConverterConfig
    let connection: ConnectionConfig
    let group: String
    /// How long reading may stand still.
    let stall: Duration
    /// What to subscribe to; librdkafka takes a name that begins with `^` for a pattern.
    let subscription: [String]
    /// Whether records of transactions are read only once these are committed.
    let readsCommitted: Bool
    let reset: OffsetReset
    private let properties: [(String, String)]

    init(_ values: ConfigValues) {
        keyConverter = Self.keyConverter.config(values)
        valueConverter = Self.valueConverter.config(values)
        headerConverter = Self.headerConverter.config(values)
        connection = ConnectionConfig(values, ConnectionConfig.consumerOverrides)
        subscription = values[Self.regex].map { [TopicPattern($0).subscription] } ?? values[Self.topics]
        stall = values[Self.stall]
        group = values[Self.group]
        readsCommitted = values[Self.isolation] == .readCommitted
        reset = JavaClient.offsetReset(values[ConnectionConfig.consumerOverrides]) ?? values[Self.reset]
        properties =
            [
                ("group.id", group),
                // Where to begin is decided here, so that no jump goes unnoticed.
                ("auto.offset.reset", "error"),
                ("isolation.level", values[Self.isolation].rawValue), ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"), ("enable.partition.eof", "true"),
                ("partition.assignment.strategy", "cooperative-sticky"),
                // A topic that is missing at first is found soon after it is made.
                ("topic.metadata.refresh.interval.ms", "10000"),
                // What comes compressed takes many times as much memory, so little is asked for at once.
                ("fetch.max.bytes", "1048576"),
                ("queued.max.messages.kbytes", "\(Self.ahead.bytes >> 10)"),
                ("queued.min.messages", "\(Self.ahead.messages)"),
            ] + Self.fetching(by: rd_kafka_version())
    }

    /// What is fetched ahead.
    static let ahead = FetchLimit(bytes: 8 << 20, messages: 20_000)

    /// How librdkafka is kept from waiting for a second when that much is there; before 2.2 ``FetchWaker`` does that.
    static func fetching(by version: Int32) -> [(String, String)] {
        isWoken(version) ? [] : [("fetch.queue.backoff.ms", "10")]
    }

    /// Whether a version of librdkafka needs to be told that there is room again.
    static func isWoken(_ version: Int32) -> Bool { version < 0x0202_0000 }

    /// What the consumer is made with.
    func configuration() throws(ConnectorError) -> ClientConfiguration { try connection.configuration(properties) }
}
