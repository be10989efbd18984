/// Counts the failures of a task in a row and says when it starts again. Pure: the caller waits.
///
/// A task whose other system is away starts again until that is back. One that keeps failing by itself and gets nowhere is in
/// a crash loop and stays FAILED, so that it cannot hammer another system for ever; one that ran for a while and committed
/// something has its count forgotten.
struct RestartCounter {
    /// No other system may ask for a longer wait.
    private static let longestWait = Duration.seconds(86_400)

    private let policy: RestartPolicy
    private let countsAll: Bool
    /// Failures in a row of whatever kind; they make the pause.
    private(set) var failures = 0
    /// Those of them that count against the limit.
    private var counted = 0

    /// - Parameter endsByItself: Whether the worker is to end without being told, so that nothing may go on without end.
    init(policy: RestartPolicy, endsByItself: Bool = false) {
        self.policy = policy
        countsAll = policy.countsAll || endsByItself
    }

    /// The task failed after running for `lifetime`.
    ///
    /// - Parameter hasCommitted: Whether it committed a position in that time. A life spent on retries is no progress.
    /// - Returns: The wait before the next start; nil when it stays FAILED.
    mutating func taskFailed(_ failure: TaskFailure, after lifetime: Duration, hasCommitted: Bool) -> Duration? {
        if hasCommitted && lifetime >= policy.resetAfter { (failures, counted) = (0, 0) }
        failures += 1
        if failure.remedy == .none { return nil }
        if failure.remedy == .limitedRestart || countsAll { counted += 1 }
        if let most = policy.maxAttempts, counted > most { return nil }
        let pause = min(policy.backoffMax, policy.backoff * (1 << min(failures - 1, 20)))
        return max(pause, min(failure.retryAfter ?? .zero, Self.longestWait))
    }
}
