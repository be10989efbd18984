/// What failed, and what the worker does about it.
///
/// Thrown by connectors and transforms. The message is one sentence for an operator: what was attempted, on what, with
/// which numbers, and what to do; never a secret.
public struct ConnectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The worker's next step.
    public enum Kind: String, Sendable, Hashable {
        /// The same call may succeed later: it is repeated with backoff until `errors.retry.timeout`.
        case retriable
        /// This record can never be delivered: `errors.tolerance` and the dead letter queue decide.
        case rejected
        /// The task fails and is restarted with backoff.
        case fatal
        /// A setting or a permission is wrong: the task fails and is not restarted by itself.
        case configuration
    }

    /// The worker's next step.
    public let kind: Kind
    /// One sentence for an operator; never a secret.
    public let message: String
    /// The least time to wait before a retry, as the other system asked (`Retry-After`); nil leaves it to the worker.
    public let retryAfter: Duration?
    /// The code of the C library or protocol that failed (`CURLcode`, SQLSTATE, HTTP status), for metrics and logs.
    public let native: String?

    /// Makes an error of any kind; the shorthands below read better.
    public init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil, native: String? = nil) {
        self.kind = kind
        self.message = message
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
    public static func rejected(_ message: String, native: String? = nil) -> ConnectorError {
        ConnectorError(.rejected, message, native: native)
    }

    /// The task cannot go on and is restarted with backoff.
    public static func fatal(_ message: String, native: String? = nil) -> ConnectorError {
        ConnectorError(.fatal, message, native: native)
    }

    /// A setting or a permission is wrong; restarting cannot help.
    public static func configuration(_ message: String, native: String? = nil) -> ConnectorError {
        ConnectorError(.configuration, message, native: native)
    }

    /// The message.
    public var description: String { message }
}
