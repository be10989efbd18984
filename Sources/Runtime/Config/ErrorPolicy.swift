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
    /// `errors.log.include.messages`: whether logs and the status also show what may hold a record's content; false unless
    /// set.
    public let isRecordLogged: Bool
    /// `errors.deadletterqueue`: where records that cannot be delivered go; nil for nowhere.
    public let deadLetterSink: SinkConfig?
    /// `letter.format` and `context.headers.enable` of the queue: what it gets for a record; an object unless set.
    public let deadLetterForm: DeadLetterForm
}
