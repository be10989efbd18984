/// Whether a failed task starts again, and when. Pure: the caller waits.
///
/// A task that keeps failing soon after its start is in a crash loop and stays FAILED, so that it cannot hammer another
/// system for ever; one that ran well for `stableAfter` has its count forgotten.
struct RestartPolicy {
    /// Failures in a row after which the task stays FAILED.
    let maximumAttempts: Int
    /// The first wait; doubled with each failure.
    let initialDelay: Duration
    /// The longest wait.
    let maximumDelay: Duration
    /// Running this long ends a row of failures.
    let stableAfter: Duration
    private(set) var failures = 0

    init(maximumAttempts: Int, initialDelay: Duration, maximumDelay: Duration, stableAfter: Duration = .seconds(60)) {
        self.maximumAttempts = maximumAttempts
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
        self.stableAfter = stableAfter
    }

    /// The task failed after running for `lifetime`.
    ///
    /// - Returns: The wait before the next start; nil when it stays FAILED.
    mutating func taskFailed(after lifetime: Duration) -> Duration? {
        failures = lifetime >= stableAfter ? 1 : failures + 1
        if failures > maximumAttempts { return nil }
        return min(maximumDelay, initialDelay * (1 << min(failures - 1, 20)))
    }
}
