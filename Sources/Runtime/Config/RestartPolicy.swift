/// When a failed task is started again (`restart.*`).
public struct RestartPolicy: Sendable {
    /// Restarts in a row unless `restart.max.attempts` says otherwise.
    static let usualAttempts = 10

    /// `restart.max.attempts`: restarts in a row before the task stays FAILED, nil (−1) without end; 10 unless set.
    public let maxAttempts: Int?
    /// Whether failures that pass by themselves, such as a server that is away, count as well; false unless
    /// `restart.max.attempts` is set. They always do when the worker is to end by itself (`--once`).
    public let countsAll: Bool
    /// `restart.backoff.ms`: the pause before the first restart, doubled for each further one; 1 s unless set.
    public let backoff: Duration
    /// `restart.backoff.max.ms`: the longest pause; 60 s unless set.
    public let backoffMax: Duration
    /// `restart.reset.after.ms`: a task that ran this long starts counting anew; 5 minutes unless set.
    public let resetAfter: Duration
}
