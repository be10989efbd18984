internal import ConnectorKit

/// Runs one task through its lives: starts it, watches its deadlines, starts it again after a failure.
///
/// A connector that never returns from a call cannot be made to: the task is stuck until it does, and when the worker is to
/// end before that, its thread is left behind.
struct TaskSupervisor: Sendable {
    private typealias Inbox = AsyncStream<LifeWatch.Event>.Continuation

    let pipeline: PipelineConfig
    let slot: TaskSlot
    let worker: WorkerConfig
    let store: any PositionStore
    let log: Log
    let clock: WorkerClock
    let status: TaskStatus
    let stop: StopSignal

    /// Runs until the source ends, a stop is done, or the task stays FAILED or STUCK.
    func run() async {
        var restarts = RestartCounter(policy: pipeline.restart, endsByItself: worker.endsWhenIdle)
        while !stop.isRequested {
            let born = clock.monotonic
            let commits = status.commits.value
            switch await live() {
            case .well: return status.ended()
            case .leftBehind: return
            case .neverStarted: return endUnstarted()
            case .failed(let failure):
                let delay = restarts.taskFailed(
                    failure, after: clock.monotonic - born, hasCommitted: status.commits.value > commits)
                guard let delay, !stop.isRequested else { return giveUp(failure, restarts) }
                await startAgain(after: delay, failure, restarts)
            }
        }
        if status.state == .restarting { status.enter(.failed) }
    }

    private func giveUp(_ failure: TaskFailure, _ restarts: RestartCounter) {
        let reason = failure.message(pipeline.errors)
        status.failed(.failed, reason)
        let looped = restarts.failures > 1 ? " after \(restarts.failures) failures in a row" : ""
        log.error("a task failed and stays so\(looped)", ("reason", reason))
    }

    /// A task that had failed before is none that ended well.
    private func endUnstarted() {
        log.info("a task was stopped before its connectors had started")
        status.enter(status.failure == nil ? .stopped : .failed)
    }

    private func startAgain(after delay: Duration, _ failure: TaskFailure, _ restarts: RestartCounter) async {
        let reason = failure.message(pipeline.errors)
        status.failed(.restarting, reason)
        log.error(
            "a task failed and starts again", ("reason", reason), ("failures", "\(restarts.failures)"),
            ("delay.ms", "\(delay.milliseconds)"))
        await pause(delay)
    }

    /// One life, until every call of it has returned or the worker is to end without it.
    private func live() async -> LifeWatch.Outcome {
        let (events, inbox) = AsyncStream.makeStream(of: LifeWatch.Event.self)
        let setup = TaskSetup(
            pipeline: pipeline, slot: slot, worker: worker, store: store, log: log, clock: clock, status: status,
            stop: StopSignal(), abort: StopSignal(), gate: StartGate(), tell: { inbox.yield($0) }, wake: WaitPoint(),
            workerID: store.workerID, group: ConsumerGroup(hasOneSink: pipeline.sinks.count == 1))
        setup.stop.onRequest { [wake = setup.wake] in wake.wake() }
        setup.abort.onRequest { [wake = setup.wake] in wake.wake() }
        var watch = LifeWatch(
            task: "task \(slot.index) of pipeline \(pipeline.name)", gate: setup.gate,
            startTimeout: worker.startTimeout, shutdownTimeout: worker.shutdownTimeout)
        var timers: [Task<Void, Never>] = []
        defer { timers.forEach { $0.cancel() } }
        status.enter(.starting)
        launch(setup) { inbox.yield(.ended($0)) }
        let relay = stop.onRequest { inbox.yield(.stopRequested) }
        defer { stop.forget(relay) }
        for await event in events {
            for action in watch.take(event) {
                switch action {
                case .stop: setup.stop.request()
                case .abort: setup.abort.request()
                case .wait(let event, let delay): timers.append(post(event, after: delay, to: inbox))
                case .showStuck(let missed, let next): showStuck(missed, next)
                case .end(let outcome):
                    if case .leftBehind = outcome { return outcome }
                    status.callsReturned()
                    return outcome
                }
            }
        }
        return .leftBehind
    }

    private func showStuck(_ missed: String, _ next: String) {
        let calls = status.calls.description ?? "a call of one of its connectors"
        let reason = "\(missed): \(calls) does not return; \(next)"
        status.stuck(reason)
        log.error("a task is stuck", ("reason", status.failure ?? reason))
    }

    private func launch(_ setup: TaskSetup, ended: @escaping @Sendable (TaskFailure?) -> Void) {
        let thread: TaskThread
        do throws(TaskFailure) {
            thread = try TaskThread(name: "\(pipeline.name)-\(slot.index)")
        } catch {
            return ended(error)
        }
        Task(executorPreference: thread) {
            do throws(TaskFailure) {
                ended(await (try PipelineTask(setup)).run())
            } catch {
                ended(error)
            }
            thread.end()
        }
    }

    private func post(_ event: LifeWatch.Event, after delay: Duration, to inbox: Inbox) -> Task<Void, Never> {
        Task {
            do { try await Task.sleep(for: delay) } catch { return }
            inbox.yield(event)
        }
    }

    /// Waits before the next life, or until a stop is asked for.
    private func pause(_ delay: Duration) async {
        let (events, inbox) = AsyncStream.makeStream(of: Void.self)
        let relay = stop.onRequest { inbox.yield() }
        defer { stop.forget(relay) }
        let timer = Task {
            try? await Task.sleep(for: delay)
            inbox.yield()
        }
        for await _ in events { break }
        timer.cancel()
    }
}
