/// What happens to a record or a call that fails (`errors.*`, Kafka Connect's names).
public struct ErrorPolicy: Sendable {
    /// Whether a record that cannot be delivered stops the task.
    public enum Tolerance: String, Sendable, CaseIterable {
        /// The first such record fails the task.
        case none
        /// The record goes to the dead letter queue, if there is one, and the task goes on.
        case all
    }

    /// `errors.tolerance`; none unless set.
    public let tolerance: Tolerance
    /// `errors.retry.timeout`: how long a retriable failure is repeated; 5 minutes unless set, nil (−1) without end.
    public let retryTimeout: Duration?
    /// `errors.retry.delay.max.ms`: the longest pause between two attempts; 60 s unless set.
    public let retryDelayMax: Duration
    /// `errors.log.enable`: whether each failure of a record is logged; false unless set.
    public let isLogged: Bool
    /// `errors.log.include.messages`: whether the log also names the record's topic and position; false unless set.
    public let isRecordLogged: Bool
    /// `errors.deadletterqueue`: where records that cannot be delivered go; nil for nowhere.
    public let deadLetterSink: SinkConfig?
}

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
