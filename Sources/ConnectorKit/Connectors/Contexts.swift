/// What a source task knows of its surroundings.
public struct SourceContext: Sendable {
    /// The checked settings.
    public let config: ConfigValues
    /// Which task this is.
    public let task: TaskSlot
    /// The positions stored so far, one for each partition; empty on a first run. Other tasks' partitions are among them.
    /// Always empty for a source that claims its partitions (``SourceDefinition/claimsPartitions``).
    public let positions: [Position]
    /// Where partitions that are assigned later are to be read on.
    public let claims: PartitionClaims
    /// Where a member of a consumer group says that it is one.
    public let group: ConsumerGroup
    /// Set when nothing more is to be read: when the task is to end or has failed, or when a start took too long.
    ///
    /// The call under way and those that follow, ``Source/commit(_:)`` and ``Source/stop()`` among them, return within about
    /// a second then, whatever the other system does. What a call gives up for it is read again by the next start.
    public let stop: StopSignal
    /// By when ``Source/start(_:)`` is to have returned, as a reading of ``WorkerClock/monotonic``; nil sets no limit.
    ///
    /// A little later the worker sets ``stop`` and takes the start for failed.
    public let deadline: Duration?
    /// Messages for the operator.
    public let log: Log
    /// Numbers for the operator.
    public let metrics: Metrics
    /// The time.
    public let clock: WorkerClock
    /// How far a bounded source has come.
    public let progress: SourceProgress

    /// Gathers a task's surroundings; tests of a connector make their own.
    public init(
        config: ConfigValues, task: TaskSlot = TaskSlot(), positions: [Position] = [],
        claims: PartitionClaims = PartitionClaims(), group: ConsumerGroup = ConsumerGroup(),
        stop: StopSignal = StopSignal(), deadline: Duration? = nil, log: Log = .silent, metrics: Metrics = Metrics(),
        clock: WorkerClock = .system, progress: SourceProgress = SourceProgress()
    ) {
        self.config = config
        self.task = task
        self.positions = positions
        self.claims = claims
        self.group = group
        self.stop = stop
        self.deadline = deadline
        self.log = log
        self.metrics = metrics
        self.clock = clock
        self.progress = progress
    }

    /// The time left for the start, not below zero; nil sets no limit.
    public var timeLeft: Duration? { deadline.map { max(.zero, $0 - clock.monotonic) } }

    /// The stored offset of a partition; nil when there is none.
    public func offset(of partition: PositionFields) -> PositionFields? {
        positions.last { $0.partition == partition }?.offset
    }
}

/// What a sink task knows of its surroundings.
public struct SinkContext: Sendable {
    /// The checked settings.
    public let config: ConfigValues
    /// The pipeline's name.
    public let pipeline: String
    /// The sink's name within the pipeline; by default the connector's.
    public let name: String
    /// Which task this is.
    public let task: TaskSlot
    /// Whether the source claims its partitions: then ``Sink/claim(_:)`` is called for each before a record of it is put,
    /// and tasks of any number of workers may write for the pipeline side by side, each for the partitions it has claimed.
    /// Otherwise the partitions belong to the task of this number from its start to its end.
    public let claimsPartitions: Bool
    /// What the source says of the consumer group it is a member of.
    public let group: ConsumerGroup
    /// Names the worker, across its restarts: the same as long as it has the same state.
    public let worker: String
    /// Set when the sink is to give up what it has not made durable: when the task has failed, when a start took too long,
    /// or when two thirds of `task.shutdown.graceful.timeout.ms` have passed since a stop was asked for.
    ///
    /// A task that ends well in time never sets it: everything is delivered first. Once it is set, the call under way and
    /// those that follow, ``Sink/stop()`` among them, return within about a second, whatever the other system does; a call
    /// that gives something up throws. What was given up is read again by the next start.
    public let stop: StopSignal
    /// By when ``Sink/start(_:)`` is to have returned, as a reading of ``WorkerClock/monotonic``; nil sets no limit.
    ///
    /// A little later the worker sets ``stop`` and takes the start for failed.
    public var deadline: Duration?
    /// Messages for the operator.
    public let log: Log
    /// Numbers for the operator.
    public let metrics: Metrics
    /// The time.
    public let clock: WorkerClock

    /// The name that stored positions belong to, beside the sink's: the pipeline's, or once partitions are claimed that of the
    /// consumer group and its cluster, whose members share them whatever their pipelines are called.
    public var positionsOwner: String {
        guard claimsPartitions, let membership = group.membership else { return pipeline }
        return "group \(membership.id) of cluster \(membership.cluster)"
    }

    /// Gathers a task's surroundings; tests of a connector make their own.
    public init(
        config: ConfigValues, pipeline: String = "test", name: String = "sink", task: TaskSlot = TaskSlot(),
        claimsPartitions: Bool = false, group: ConsumerGroup = ConsumerGroup(), worker: String = "test",
        stop: StopSignal = StopSignal(), deadline: Duration? = nil, log: Log = .silent, metrics: Metrics = Metrics(),
        clock: WorkerClock = .system
    ) {
        self.config = config
        self.pipeline = pipeline
        self.name = name
        self.task = task
        self.claimsPartitions = claimsPartitions
        self.group = group
        self.worker = worker
        self.stop = stop
        self.deadline = deadline
        self.log = log
        self.metrics = metrics
        self.clock = clock
    }

    /// The time left for the start, not below zero; nil sets no limit.
    public var timeLeft: Duration? { deadline.map { max(.zero, $0 - clock.monotonic) } }
}

/// Which of a connector's tasks this is.
public struct TaskSlot: Sendable, Hashable {
    /// From 0 to `count` − 1.
    public let index: Int
    /// How many tasks run side by side, at least 1.
    public let count: Int

    /// Numbers a task.
    public init(index: Int = 0, count: Int = 1) {
        self.index = index
        self.count = count
    }

    /// This task's share of a list that all tasks see in the same order.
    public func share<Item>(of items: [Item]) -> [Item] {
        items.enumerated().filter { $0.offset % count == index }.map(\.element)
    }
}
