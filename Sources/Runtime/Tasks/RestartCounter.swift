/// Counts the failures of a task in a row and says when it starts again. Pure: the caller waits.
///
/// A task that keeps failing and gets nowhere is in a crash loop and stays FAILED, so that it cannot hammer another system
/// for ever; one that ran for a while and committed something has its count forgotten.
struct RestartCounter {
    private let policy: RestartPolicy
    private(set) var failures = 0

    init(policy: RestartPolicy) { self.policy = policy }

    /// The task failed after running for `lifetime`.
    ///
    /// - Parameter hasCommitted: Whether it committed a position in that time. A life spent on retries is no progress.
    /// - Returns: The wait before the next start; nil when it stays FAILED.
    mutating func taskFailed(after lifetime: Duration, hasCommitted: Bool) -> Duration? {
        failures = hasCommitted && lifetime >= policy.resetAfter ? 1 : failures + 1
        if let most = policy.maxAttempts, failures > most { return nil }
        return min(policy.backoffMax, policy.backoff * (1 << min(failures - 1, 20)))
    }
}
