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
    /// Reaches the other system without writing records; for `sluice validate --connect`. nil when there is nothing to reach.
    public let check: (@Sendable (ConfigValues) async throws -> Void)?
    /// Makes the instance of one task.
    public let make: @Sendable () -> any Sink

    /// Offers a sink.
    public init(
        _ name: String, documentation: String, config: ConfigDefinition = ConfigDefinition(),
        classes: [ConnectClass] = [], waitsOnIO: Bool = true,
        check: (@Sendable (ConfigValues) async throws -> Void)? = nil,
        make: @escaping @Sendable () -> any Sink
    ) {
        self.name = name
        self.documentation = documentation
        self.config = config
        self.classes = classes
        self.waitsOnIO = waitsOnIO
        self.check = check
        self.make = make
    }
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
