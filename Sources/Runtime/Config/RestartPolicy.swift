/// When a failed task is started again (`restart.*`).
public struct RestartPolicy: Sendable {
    /// `restart.max.attempts`: restarts in a row before the task stays FAILED; 10 unless set, nil (−1) without end.
    public let maxAttempts: Int?
    /// `restart.backoff.ms`: the pause before the first restart, doubled for each further one; 1 s unless set.
    public let backoff: Duration
    /// `restart.backoff.max.ms`: the longest pause; 60 s unless set.
    public let backoffMax: Duration
    /// `restart.reset.after.ms`: a task that ran this long starts counting anew; 5 minutes unless set.
    public let resetAfter: Duration
}
