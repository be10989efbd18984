/// Reads `Retry-After` (RFC 9110 section 10.2.3).
public enum RetryAfter {
    /// The wait that the value asks for, at least zero; nil when it is neither seconds nor a date.
    ///
    /// - Parameter now: The present in seconds since 1970 UTC, best of all the response's own `Date`.
    public static func parse(_ value: String, now: Int64) -> Duration? {
        if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(value).map { .seconds($0) } ?? RateLimit.longestWait
        }
        guard let date = HTTPDate.parse(value) else { return nil }
        return .seconds(max(0, date - now))
    }
}
