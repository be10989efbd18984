internal import ConnectorKit

/// What one life of a task is made from.
struct TaskSetup: Sendable {
    let pipeline: PipelineConfig
    let slot: TaskSlot
    let worker: WorkerConfig
    let store: any PositionStore
    let log: Log
    let clock: WorkerClock
    let status: TaskStatus
    /// Asks the task to read no more, deliver what it has, commit and end.
    let stop: StopSignal
    /// Asks everything to give up at once.
    let abort: StopSignal
    /// Says that the task has failed and is closing its connectors.
    let failing: @Sendable () -> Void
    /// Where the task's thread waits; woken by both signals and by its sinks.
    let wake: WaitPoint

    var counters: TaskCounters { status.counters }

    func retrier(stop: StopSignal) -> Retrier {
        Retrier(
            policy: pipeline.errors, clock: clock, log: log, counters: counters, stop: stop,
            waitPoint: WaitPoint.woken(by: stop))
    }

    func context(for sink: SinkConfig) -> SinkContext {
        SinkContext(
            config: sink.values, pipeline: pipeline.name, name: sink.name, task: slot, stop: abort,
            log: log.with(("sink", sink.name)), metrics: status.metrics, clock: clock)
    }

    func sourceContext(resumingAt positions: [Position]) -> SourceContext {
        SourceContext(
            config: pipeline.source.values, task: slot, positions: positions, stop: stop, log: log,
            metrics: status.metrics, clock: clock, progress: status.progress)
    }

    /// One lane for each sink. A sole sink that does not wait on I/O works on the task's own thread: handing batches to
    /// another thread costs more than it gains there.
    func makeLanes() throws(TaskFailure) -> [SinkLane] {
        var lanes: [SinkLane] = []
        for (index, sink) in pipeline.sinks.enumerated() {
            let driver = try SinkDriver(
                config: sink, context: context(for: sink), retrier: retrier(stop: abort),
                counters: counters.sinks[index])
            let isAlone = pipeline.sinks.count == 1 && !sink.definition.waitsOnIO
            let thread = isAlone ? nil : TaskThread(name: sink.name)
            lanes.append(SinkLane(index: index, name: sink.name, driver: driver, ownThread: thread, ownerWakes: wake))
        }
        return lanes
    }
}

extension WaitPoint {
    /// A place to wait that a signal wakes.
    static func woken(by signal: StopSignal) -> WaitPoint {
        let point = WaitPoint()
        signal.onRequest { point.wake() }
        return point
    }
}
