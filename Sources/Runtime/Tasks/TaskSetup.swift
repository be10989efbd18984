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
    /// Is passed once everything has started.
    let gate: StartGate
    /// Says how far this life has come.
    let tell: @Sendable (LifeWatch.Event) -> Void
    /// Where the task's thread waits; woken by both signals and by its sinks.
    let wake: WaitPoint
    /// Where the source asks for the positions of partitions assigned to it.
    let claims = PartitionClaims()
    /// Names the worker, across its restarts.
    let workerID: String
    /// Where the source says which consumer group it is a member of.
    let group: ConsumerGroup

    var counters: TaskCounters { status.counters }

    /// By when connectors that are started now are to be done: a little before the worker gives up the start, so that they
    /// can say what is wrong.
    var startDeadline: Duration { clock.monotonic + worker.startTimeout * 19 / 20 }

    func retrier(stop: StopSignal) -> Retrier {
        Retrier(
            policy: pipeline.errors, clock: clock, log: log, status: status, stop: stop,
            waitPoint: WaitPoint.woken(by: stop))
    }

    func context(for sink: SinkConfig) -> SinkContext {
        SinkContext(
            config: sink.values, pipeline: pipeline.name, name: sink.name, task: slot,
            claimsPartitions: pipeline.source.definition.claimsPartitions, group: group, worker: workerID, stop: abort,
            log: log.with(("sink", sink.name)), metrics: status.metrics, clock: clock)
    }

    func sourceContext(resumingAt positions: [Position]) -> SourceContext {
        SourceContext(
            config: pipeline.source.values, task: slot, positions: positions, claims: claims, group: group, stop: stop,
            deadline: startDeadline,
            log: log, metrics: status.metrics, clock: clock, progress: status.progress)
    }

    /// One lane for each sink. A sole sink that does not wait on I/O works on the task's own thread: handing batches to
    /// another thread costs more than it gains there.
    func makeLanes() throws(TaskFailure) -> [SinkLane] {
        // Every driver before the first thread, which nobody would end if a later one could not be made.
        var drivers: [SinkDriver] = []
        for (sink, counters) in zip(pipeline.sinks, counters.sinks) {
            drivers.append(
                try SinkDriver(
                    config: sink, context: context(for: sink), retrier: retrier(stop: abort), counters: counters))
        }
        let threads = try makeThreads()
        return zip(pipeline.sinks, drivers).enumerated().map { index, made in
            SinkLane(
                index: index, name: made.0.name, driver: made.1, ownThread: threads.isEmpty ? nil : threads[index],
                ownerWakes: wake, clock: clock)
        }
    }

    /// One for each sink; none for a sole sink that does not wait on I/O.
    private func makeThreads() throws(TaskFailure) -> [TaskThread] {
        if pipeline.sinks.count == 1, !pipeline.sinks[0].definition.waitsOnIO { return [] }
        var threads: [TaskThread] = []
        do throws(TaskFailure) {
            for sink in pipeline.sinks { threads.append(try TaskThread(name: sink.name)) }
            return threads
        } catch {
            threads.forEach { $0.end() }
            throw error
        }
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
