internal import ConnectorKit

/// Repeats a call while it fails in a way that may pass, waiting on the task's own thread.
struct Retrier {
    let policy: ErrorPolicy
    let clock: WorkerClock
    let log: Log
    let status: TaskStatus
    /// Ends a wait early, and with it the trying.
    let stop: StopSignal
    let waitPoint: WaitPoint

    /// Calls `body` until it succeeds, fails for good, or `errors.retry.timeout` is over.
    func run(_ what: String, _ body: () async throws -> Void) async throws(TaskFailure) {
        var backoff = Backoff(maximum: policy.retryDelayMax, timeout: policy.retryTimeout)
        while true {
            do {
                try await body()
                return succeeded(what, backoff)
            } catch {
                try pause(after: error, what, &backoff)
            }
        }
    }

    /// Says that a call which failed before has succeeded.
    func succeeded(_ what: @autoclosure () -> String, _ backoff: Backoff) {
        if backoff.failedAttempts == 0 { return }
        log.info("a call that had failed succeeds again", ("call", what()), ("failures", "\(backoff.failedAttempts)"))
    }

    /// Waits after a failure that may pass; throws when it may not, or when trying is over.
    func pause(after error: any Error, _ what: String, _ backoff: inout Backoff) throws(TaskFailure) {
        let delay = try delay(after: error, what, &backoff)
        if waitPoint.wait(atMost: delay, until: { stop.isRequested }) {
            throw TaskFailure("\(what): \(error) (the worker is stopping)", .restart)
        }
    }

    /// How long to wait after a failure that may pass; throws when it may not, or when trying is over.
    func delay(after error: any Error, _ what: String, _ backoff: inout Backoff) throws(TaskFailure) -> Duration {
        guard let failure = error as? ConnectorError, failure.kind == .retriable else {
            throw TaskFailure(error, during: what)
        }
        let delay = backoff.failed(
            at: clock.monotonic, retryAfter: failure.retryAfter, fraction: Double.random(in: 0...1))
        guard let delay else {
            throw TaskFailure(
                "\(what): \(failure) (given up after \(backoff.failedAttempts) tries; errors.retry.timeout bounds them)",
                .restart, retryAfter: failure.retryAfter)
        }
        status.counters.retries.add()
        status.repeats("\(what): \(failure)")
        log.warning(
            "a call failed and is repeated", ("call", what), ("reason", failure.message),
            ("attempt", "\(backoff.failedAttempts)"), ("delay.ms", "\(delay.milliseconds)"))
        return delay
    }
}
