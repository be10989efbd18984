/// A source connector as a plugin offers it.
public struct SourceDefinition: Sendable {
    /// The name a pipeline uses, in lower case.
    public let name: String
    /// What it reads and what it promises, in Markdown; the first sentence is the summary.
    public let documentation: String
    /// Its settings.
    public let config: ConfigDefinition
    /// The connector classes of Kafka Connect's world that it stands in for.
    public let classes: [ConnectClass]
    /// How many tasks can share the work, given the settings and the most allowed; at least 1.
    public let tasks: @Sendable (ConfigValues, Int) -> Int
    /// Whether its partitions are assigned while it runs, so that it asks for their positions then
    /// (``SourceContext/claims``) instead of being given all at the start.
    public let claimsPartitions: Bool
    /// Reaches the other system without reading records; for `sluice validate --connect`. nil when there is nothing to reach.
    public let check: (@Sendable (ConfigValues) async throws -> Void)?
    /// Makes the instance of one task.
    public let make: @Sendable () -> any Source

    /// Offers a source.
    public init(
        _ name: String, documentation: String, config: ConfigDefinition = ConfigDefinition(),
        classes: [ConnectClass] = [], claimsPartitions: Bool = false,
        tasks: @escaping @Sendable (ConfigValues, Int) -> Int = { _, _ in 1 },
        check: (@Sendable (ConfigValues) async throws -> Void)? = nil,
        make: @escaping @Sendable () -> any Source
    ) {
        self.name = name
        self.documentation = documentation
        self.config = config
        self.classes = classes
        self.claimsPartitions = claimsPartitions
        self.tasks = tasks
        self.check = check
        self.make = make
    }
}

/// A sink connector as a plugin offers it.
public struct SinkDefinition: Sendable {
    /// The name a pipeline uses, in lower case.
    public let name: String
    /// What it writes and what it promises, in Markdown; the first sentence is the summary.
    public let documentation: String
    /// Its settings.
    public let config: ConfigDefinition
    /// The connector classes of Kafka Connect's world that it stands in for.
    public let classes: [ConnectClass]
    /// Whether it waits on a network or another slow system, and so gets a thread of its own beside its source's.
    public let waitsOnIO: Bool
    /// Whether it prints to standard output, so that the worker draws nothing on a terminal that both may share.
    public let prints: Bool
    /// Whether the positions it stores are seen by workers of the same host or folder alone, so that another member of a
    /// consumer group may have got further with a partition than they tell.
    public let storesPositionsLocally: Bool
    /// Where its records are found; nil when there is nothing to say.
    public let output: (@Sendable (ConfigValues) -> SinkOutput)?
    /// Reaches the other system without writing records; for `sluice validate --connect`. nil when there is nothing to reach.
    public let check: (@Sendable (ConfigValues) async throws -> Void)?
    /// Makes the instance of one task.
    public let make: @Sendable () -> any Sink

    /// Offers a sink.
    public init(
        _ name: String, documentation: String, config: ConfigDefinition = ConfigDefinition(),
        classes: [ConnectClass] = [], waitsOnIO: Bool = true, prints: Bool = false,
        storesPositionsLocally: Bool = false, output: (@Sendable (ConfigValues) -> SinkOutput)? = nil,
        check: (@Sendable (ConfigValues) async throws -> Void)? = nil,
        make: @escaping @Sendable () -> any Sink
    ) {
        self.name = name
        self.documentation = documentation
        self.config = config
        self.classes = classes
        self.waitsOnIO = waitsOnIO
        self.prints = prints
        self.storesPositionsLocally = storesPositionsLocally
        self.output = output
        self.check = check
        self.make = make
    }
}

/// Where a sink's records are found, for the operator.
public struct SinkOutput: Sendable, Hashable {
    /// The place, as `output/users-*.ndjson`.
    public let place: String
    /// A sentence for the start of a pipeline without a known end, whose records would not be seen before it stops; nil
    /// when they are.
    public let hiddenUntilStop: String?

    /// Names the place.
    public init(_ place: String, hiddenUntilStop: String? = nil) {
        self.place = place
        self.hiddenUntilStop = hiddenUntilStop
    }

    /// A template as a place, with `*` for each of its placeholders: `raw.${topic}` becomes `raw.*`.
    public static func pattern(of template: String) -> String { template.replacing(/\$\{[^}]*\}/, with: "*") }
}

/// A transform as a plugin offers it.
public struct TransformDefinition: Sendable {
    /// The name a pipeline uses: `Cast`.
    public let name: String
    /// What it does, in Markdown; the first sentence is the summary.
    public let documentation: String
    /// Its settings.
    public let config: ConfigDefinition
    /// Whether it comes as `Name$Key` and `Name$Value`; `Name` alone is the value.
    public let worksOnParts: Bool
    /// Makes the instance of one task; a throw is a configuration error.
    public let make: @Sendable (ConfigValues, RecordPart) throws -> any Transform

    /// Offers a transform.
    public init(
        _ name: String, documentation: String, config: ConfigDefinition = ConfigDefinition(),
        worksOnParts: Bool = false,
        make: @escaping @Sendable (ConfigValues, RecordPart) throws -> any Transform
    ) {
        self.name = name
        self.documentation = documentation
        self.config = config
        self.worksOnParts = worksOnParts
        self.make = make
    }
}

/// A predicate as a plugin offers it.
public struct PredicateDefinition: Sendable {
    /// The name a pipeline uses: `TopicNameMatches`.
    public let name: String
    /// What it chooses, in Markdown; the first sentence is the summary.
    public let documentation: String
    /// Its settings.
    public let config: ConfigDefinition
    /// Makes the instance of one task; a throw is a configuration error.
    public let make: @Sendable (ConfigValues) throws -> any Predicate

    /// Offers a predicate.
    public init(
        _ name: String, documentation: String, config: ConfigDefinition = ConfigDefinition(),
        make: @escaping @Sendable (ConfigValues) throws -> any Predicate
    ) {
        self.name = name
        self.documentation = documentation
        self.config = config
        self.make = make
    }
}
