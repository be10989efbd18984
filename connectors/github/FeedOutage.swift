import ConnectorKit
import HTTPClient

/// Why a feed is not read for now, and for how long it is left alone.
struct FeedOutage: Sendable {
    /// What its last request came to.
    let error: ConnectorError
    /// Failures in a row, at least 1.
    let attempts: Int

    /// Whether waiting mends it, as it does not mend a name that does not exist.
    var isPassing: Bool { error.kind == .retriable }

    /// Doubles with every failure: from a second to five minutes for what passes, else from a minute to an hour. What the
    /// server asks for goes before it, up to a day.
    var pause: Duration {
        let (first, longest) = isPassing ? (1, 300) : (60, 3600)
        let asked = min(error.retryAfter ?? .zero, RateLimit.longestWait)
        return max(.seconds(min(longest, first << min(attempts - 1, 12))), asked)
    }
}
