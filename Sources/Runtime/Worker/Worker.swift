public import ConnectorKit

/// Runs pipelines side by side in one process.
///
/// Safe from any thread. A failed pipeline leaves the others running.
public final class Worker: Sendable {
    /// The pipelines as they stand, in the order given.
    public let pipelines: [PipelineStatus]
    private let supervisors: [TaskSupervisor]
    private let log: Log
    private let stopSignal: StopSignal

    /// Prepares tasks for `pipelines`, whose names are unique.
    public init(
        config: WorkerConfig, pipelines: [PipelineConfig], store: any PositionStore, log: Log,
        clock: WorkerClock = .system
    ) {
        let stop = StopSignal()
        var statuses: [PipelineStatus] = []
        var supervisors: [TaskSupervisor] = []
        for pipeline in pipelines {
            let source = pipeline.source
            let count = max(1, min(pipeline.tasksMax, source.definition.tasks(source.values, pipeline.tasksMax)))
            let tasks = (0..<count).map {
                TaskStatus(
                    slot: TaskSlot(index: $0, count: count), sinks: pipeline.sinks.count,
                    redactor: Redactor(pipeline.secrets))
            }
            statuses.append(PipelineStatus(pipeline, tasks: tasks))
            supervisors += tasks.map { status in
                TaskSupervisor(
                    pipeline: pipeline, slot: status.slot, worker: config, store: store,
                    log: log.with(("pipeline", pipeline.name), ("task", "\(status.slot.index)")), clock: clock,
                    status: status, stop: stop)
            }
        }
        self.pipelines = statuses
        self.supervisors = supervisors
        self.log = log
        stopSignal = stop
    }

    /// Runs until every task has ended.
    ///
    /// - Returns: Whether all ended well and every record is accounted for.
    public func run() async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            for supervisor in supervisors { group.addTask { await supervisor.run() } }
        }
        return check()
    }

    /// Asks every task to read no more, deliver what it has, commit and end; returns at once.
    public func stop() { stopSignal.request() }

    /// Whether ``stop()`` was called.
    public var isStopping: Bool { stopSignal.isRequested }

    private func check() -> Bool {
        var isWell = true
        for pipeline in pipelines {
            if pipeline.tasks.contains(where: { $0.state == .failed || $0.state == .stuck }) { isWell = false }
            guard let gap = pipeline.accountingGap else { continue }
            isWell = false
            log.error("the records do not add up", ("pipeline", pipeline.name), ("account", gap))
        }
        return isWell
    }
}
