/// How long to wait between two tries: exponential, with full jitter, within a bounded time.
///
/// Delays follow Kafka Connect's `errors.retry.*`: 300 ms doubled with every try up to `maximum`; drawn evenly between
/// zero and that, so that tasks that failed together do not return together. Pure: the caller waits.
struct Backoff {
    /// The first delay's upper end.
    static let initial = Duration.milliseconds(300)

    /// No delay is longer, unless the other system asks for it.
    let maximum: Duration
    /// Trying ends this long after the first failure; nil never ends.
    let timeout: Duration?
    private var attempts = 0
    private var firstFailure: Duration?

    init(maximum: Duration, timeout: Duration?) {
        self.maximum = maximum
        self.timeout = timeout
    }

    /// How many tries failed in a row.
    var failedAttempts: Int { attempts }

    /// A try failed at `now` (monotonic).
    ///
    /// - Parameters:
    ///   - retryAfter: The least wait the other system asked for.
    ///   - fraction: A random number from 0 to 1.
    /// - Returns: The time to wait before the next try; nil when trying is over.
    mutating func failed(at now: Duration, retryAfter: Duration?, fraction: Double) -> Duration? {
        let start = firstFailure ?? now
        firstFailure = start
        attempts += 1
        let ceiling = min(maximum, Self.initial * (1 << min(attempts - 1, 20)))
        let delay = max(ceiling * fraction, retryAfter ?? .zero)
        guard let timeout else { return delay }
        let left = start + timeout - now
        if left <= .zero || (retryAfter ?? .zero) > left { return nil }
        return min(delay, left)
    }

    /// A try succeeded.
    mutating func succeeded() {
        attempts = 0
        firstFailure = nil
    }
}
