/// What a source task knows of its surroundings.
public struct SourceContext: Sendable {
    /// The checked settings.
    public let config: ConfigValues
    /// Which task this is.
    public let task: TaskSlot
    /// The positions stored so far, one for each partition; empty on a first run. Other tasks' partitions are among them.
    public let positions: [Position]
    /// Set when the task is to end.
    public let stop: StopSignal
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
        stop: StopSignal = StopSignal(), log: Log = .silent, metrics: Metrics = Metrics(),
        clock: WorkerClock = .system, progress: SourceProgress = SourceProgress()
    ) {
        self.config = config
        self.task = task
        self.positions = positions
        self.stop = stop
        self.log = log
        self.metrics = metrics
        self.clock = clock
        self.progress = progress
    }

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
    /// Set when the task is to end.
    public let stop: StopSignal
    /// Messages for the operator.
    public let log: Log
    /// Numbers for the operator.
    public let metrics: Metrics
    /// The time.
    public let clock: WorkerClock

    /// Gathers a task's surroundings; tests of a connector make their own.
    public init(
        config: ConfigValues, pipeline: String = "test", name: String = "sink", task: TaskSlot = TaskSlot(),
        stop: StopSignal = StopSignal(), log: Log = .silent, metrics: Metrics = Metrics(), clock: WorkerClock = .system
    ) {
        self.config = config
        self.pipeline = pipeline
        self.name = name
        self.task = task
        self.stop = stop
        self.log = log
        self.metrics = metrics
        self.clock = clock
    }
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
