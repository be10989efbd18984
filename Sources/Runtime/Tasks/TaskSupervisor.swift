internal import ConnectorKit

/// Runs one task through its lives: starts it, watches its deadlines, starts it again after a failure.
///
/// A connector that never returns from a call cannot be made to; its thread is left behind and the worker goes on.
struct TaskSupervisor: Sendable {
    private enum Event: Sendable {
        case ended(TaskFailure?)
        case stopRequested
        case failing
        /// The next connectors are being started.
        case starting
        /// The time for those of a step of the start is over.
        case startIsOver(step: Int)
        case stopIsOver
        case abortIsOver
    }

    /// After the deadline for stopping, connectors get this long to notice that everything is to be given up.
    private static let abortGrace = Duration.milliseconds(500)

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
        var restarts = RestartCounter(policy: pipeline.restart)
        while !stop.isRequested {
            let born = clock.monotonic
            let commits = status.commits.value
            guard let failure = await live() else { return }
            let delay =
                failure.isPermanent
                ? nil
                : restarts.taskFailed(
                    after: clock.monotonic - born, hasCommitted: status.commits.value > commits)
            guard let delay, !stop.isRequested else { return giveUp(failure, restarts) }
            status.failed(.restarting, failure.message)
            log.error(
                "a task failed and starts again", ("reason", failure.message), ("failures", "\(restarts.failures)"),
                ("delay.ms", "\(delay.milliseconds)"))
            await pause(delay)
        }
        if status.state == .restarting { status.enter(.failed) }
    }

    private func giveUp(_ failure: TaskFailure, _ restarts: RestartCounter) {
        status.failed(.failed, failure.message)
        let looped = restarts.failures > 1 ? " after \(restarts.failures) failures in a row" : ""
        log.error("a task failed and stays so\(looped)", ("reason", failure.message))
    }

    /// One life; nil when it ended well or is stuck, which the status tells.
    private func live() async -> TaskFailure? {
        let (events, inbox) = AsyncStream.makeStream(of: Event.self)
        let setup = TaskSetup(
            pipeline: pipeline, slot: slot, worker: worker, store: store, log: log, clock: clock, status: status,
            stop: StopSignal(), abort: StopSignal(), starting: { inbox.yield(.starting) },
            failing: { inbox.yield(.failing) }, wake: WaitPoint(), workerID: store.workerID,
            group: ConsumerGroup(hasOneSink: pipeline.sinks.count == 1))
        setup.stop.onRequest { [wake = setup.wake] in wake.wake() }
        setup.abort.onRequest { [wake = setup.wake] in wake.wake() }
        var step = 0
        status.enter(.starting)
        launch(setup) { inbox.yield(.ended($0)) }
        let relay = stop.onRequest { inbox.yield(.stopRequested) }
        defer { stop.forget(relay) }
        for await event in events {
            switch event {
            case .ended(let failure):
                if failure == nil { status.enter(.stopped) }
                return failure
            case .stopRequested:
                setup.stop.request()
                post(.stopIsOver, after: worker.shutdownTimeout, to: inbox)
            case .failing: post(.abortIsOver, after: worker.shutdownTimeout, to: inbox)
            case .starting:
                step += 1
                post(.startIsOver(step: step), after: worker.startTimeout, to: inbox)
            case .startIsOver(let ended):
                guard status.state == .starting, ended == step else { continue }
                return abandon(
                    setup, "did not start within \(worker.startTimeout.milliseconds) ms (task.start.timeout.ms)")
            case .stopIsOver:
                setup.abort.request()
                post(.abortIsOver, after: Self.abortGrace, to: inbox)
            case .abortIsOver:
                let limit = "\(worker.shutdownTimeout.milliseconds) ms (task.shutdown.graceful.timeout.ms)"
                return abandon(setup, "did not stop within \(limit)")
            }
        }
        return nil
    }

    private func abandon(_ setup: TaskSetup, _ what: String) -> TaskFailure? {
        setup.stop.request()
        setup.abort.request()
        let message =
            "task \(slot.index) of pipeline \(pipeline.name) \(what): a call of one of its connectors does not return; "
            + "it is left behind, and what it had not committed is read again at the next start"
        status.failed(.stuck, message)
        log.error("a task is stuck", ("reason", message))
        return nil
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

    private func post(_ event: Event, after delay: Duration, to inbox: AsyncStream<Event>.Continuation) {
        Task {
            try? await Task.sleep(for: delay)
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
