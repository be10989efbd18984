/// What failed, and what the worker does about it.
///
/// Thrown by connectors and transforms. The message is one sentence for an operator: what was attempted, on what, with
/// which numbers, and what to do; never a secret, and nothing of a record's content, which belongs into ``detail``.
public struct ConnectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The worker's next step.
    public enum Kind: String, Sendable, Hashable {
        /// The same call may succeed later: it is repeated with backoff until `errors.retry.timeout`, and from then on the task
        /// is started again for as long as it takes.
        case retriable
        /// This instance cannot go on, as when a connection is lost with what it held, but a new one can: the task is started
        /// again with backoff, for as long as it takes.
        case restartable
        /// This record can never be delivered: `errors.tolerance` and the dead letter queue decide.
        case rejected
        /// The task fails and is started again with backoff, at most `restart.max.attempts` times in a row.
        case fatal
        /// A setting or a permission is wrong: the task fails and is not restarted by itself.
        case configuration
    }

    /// The worker's next step.
    public let kind: Kind
    /// One sentence for an operator; never a secret, nor what a record holds.
    public let message: String
    /// What may hold a record's content, such as a value or the other system's own words: it follows the message in dead
    /// letters, and in logs and the status only with `errors.log.include.messages`; nil when there is none.
    public let detail: String?
    /// The least time to wait before a retry or a restart, as the other system asked (`Retry-After`), up to a day; nil leaves
    /// it to the worker.
    public let retryAfter: Duration?
    /// The code of the C library or protocol that failed (`CURLcode`, SQLSTATE, HTTP status), for metrics and logs.
    public let native: String?

    /// Makes an error of any kind; the shorthands below read better.
    public init(
        _ kind: Kind, _ message: String, detail: String? = nil, retryAfter: Duration? = nil, native: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.detail = detail
        self.retryAfter = retryAfter
        self.native = native
    }

    /// The same call may succeed later.
    public static func retriable(
        _ message: String, after retryAfter: Duration? = nil, native: String? = nil
    ) -> ConnectorError {
        ConnectorError(.retriable, message, retryAfter: retryAfter, native: native)
    }

    /// This record can never be delivered.
    public static func rejected(
        _ message: String, detail: String? = nil, native: String? = nil
    ) -> ConnectorError {
        ConnectorError(.rejected, message, detail: detail, native: native)
    }

    /// This instance cannot go on, but a new one can.
    public static func restartable(_ message: String, native: String? = nil) -> ConnectorError {
        ConnectorError(.restartable, message, native: native)
    }

    /// The task cannot go on, and starting it again may not help either.
    public static func fatal(_ message: String, native: String? = nil) -> ConnectorError {
        ConnectorError(.fatal, message, native: native)
    }

    /// A setting or a permission is wrong; restarting cannot help.
    public static func configuration(_ message: String, native: String? = nil) -> ConnectorError {
        ConnectorError(.configuration, message, native: native)
    }

    /// The message and the ``detail``, for whoever may see the record.
    public var fullMessage: String { detail.map { "\(message): \($0)" } ?? message }

    /// The message.
    public var description: String { message }
}
