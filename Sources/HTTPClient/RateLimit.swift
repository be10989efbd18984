/// What a response says about the client's request budget, in the `x-ratelimit-*` fields that GitHub and many others use.
public struct RateLimit: Sendable, Hashable {
    /// Whether a response refuses the request for the sake of a limit.
    public enum Verdict: Sendable, Hashable {
        /// It does not; a refusal has another reason.
        case notLimited
        /// It does: nothing may be sent for so long.
        case wait(Duration)
    }

    /// Requests per window; nil when not said.
    public let limit: Int64?
    /// Requests left in the window; nil when not said.
    public let remaining: Int64?
    /// When the window ends, in seconds since 1970 UTC; nil when not said.
    public let reset: Int64?

    /// No wait is longer, whatever a server asks; the next refusal asks again.
    public static let longestWait = Duration.seconds(24 * 3600)

    /// Reads the fields.
    public init(_ headers: HTTPHeaders) {
        limit = headers.int("x-ratelimit-limit")
        remaining = headers.int("x-ratelimit-remaining")
        reset = headers.int("x-ratelimit-reset")
    }

    /// Decides about a response by GitHub's rules for primary and secondary limits.
    ///
    /// Obeys `Retry-After`, else the window's end when nothing remains, else a minute that doubles with every attempt up
    /// to an hour. Where the moment has come already, it is a second that doubles. A 429 is always a limit; a 403 only with
    /// one of these fields or words about it in the body.
    ///
    /// - Parameters:
    ///   - now: The present in seconds since 1970 UTC; the response's own `Date` goes before it.
    ///   - attempt: Refusals in a row before this one.
    public static func verdict(_ response: HTTPResponse, now: Int64, attempt: Int) -> Verdict {
        guard response.status == 429 || response.status == 403 else { return .notLimited }
        let now = clock(response, else: now)
        let attempt = min(max(attempt, 0), 12)
        let soon = Duration.seconds(min(3600, 1 << attempt))
        if let wait = response.headers["retry-after"].flatMap({ RetryAfter.parse($0, now: now) }) {
            return .wait(wait > .zero ? bounded(wait) : soon)
        }
        let budget = RateLimit(response.headers)
        if budget.remaining == 0, let reset = budget.reset {
            return .wait(reset > now ? untilAfter(reset, now: now) : soon)
        }
        guard response.status == 429 || mentionsLimit(response.body) else { return .notLimited }
        return .wait(.seconds(min(3600, 60 << attempt)))
    }

    /// How long to send nothing after a response that took the last of the budget; nil when some is left or none is told.
    ///
    /// - Parameter now: As for ``verdict(_:now:attempt:)``.
    public static func pause(after response: HTTPResponse, now: Int64) -> Duration? {
        let budget = RateLimit(response.headers)
        guard budget.remaining == 0, let reset = budget.reset else { return nil }
        return untilAfter(reset, now: clock(response, else: now))
    }

    /// The server's own clock where it tells it: that is the one its moments are counted by.
    private static func clock(_ response: HTTPResponse, else now: Int64) -> Int64 {
        response.headers["date"].flatMap { HTTPDate.parse($0) } ?? now
    }

    /// One second past the end, since the end is given in whole seconds.
    private static func untilAfter(_ reset: Int64, now: Int64) -> Duration {
        let (difference, overflow) = reset.subtractingReportingOverflow(now)
        return overflow ? longestWait : bounded(.seconds(max(0, min(difference, 1 << 32))) + .seconds(1))
    }

    private static func bounded(_ wait: Duration) -> Duration { min(wait, longestWait) }

    private static func mentionsLimit(_ body: [UInt8]) -> Bool {
        let text = String(decoding: body.prefix(4096), as: UTF8.self).lowercased()
        return text.contains("rate limit") || text.contains("abuse detection")
    }
}
