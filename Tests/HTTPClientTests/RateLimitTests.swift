import Testing

@testable import HTTPClient

@Suite("Retry-After and rate limits")
struct RateLimitTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    static let now: Int64 = 784_111_777

    @Test(
        "Retry-After is seconds or a date",
        arguments: [
            ("0", 0), ("120", 120), ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:49:47 GMT", 10),
            ("Sun Nov  6 08:49:38 1994", 1), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ])
    func retryAfter(_ value: String, _ seconds: Int) {
        #expect(RetryAfter.parse(value, now: Self.now) == .seconds(seconds))
    }

    @Test("anything else is not a Retry-After", arguments: ["", "-1", "1.5", "soon", "12 apples", "٣"])
    func notRetryAfter(_ value: String) { #expect(RetryAfter.parse(value, now: Self.now) == nil) }

    @Test("a number beyond 64 bits is the longest wait")
    func hugeRetryAfter() {
        #expect(RetryAfter.parse("99999999999999999999", now: Self.now) == RateLimit.longestWait)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var status = 403
        var headers: HTTPHeaders = [:]
        var body = ""
        var attempt = 0
        let expected: RateLimit.Verdict
    }

    @Test(
        "verdicts",
        arguments: [
            Case(testDescription: "200 with nothing left", status: 200, headers: spent(10), expected: .notLimited),
            Case(testDescription: "401", status: 401, expected: .notLimited),
            Case(testDescription: "plain 403", body: "Resource not accessible", expected: .notLimited),
            Case(testDescription: "403 with a budget", headers: ["x-ratelimit-remaining": "7"], expected: .notLimited),
            Case(testDescription: "primary limit, 403", headers: spent(10), expected: .wait(.seconds(11))),
            Case(testDescription: "primary limit, 429", status: 429, headers: spent(10), expected: .wait(.seconds(11))),
            Case(testDescription: "reset in the past", headers: spent(-50), expected: .wait(.seconds(1))),
            Case(
                testDescription: "reset in the past again", headers: spent(-50), attempt: 1,
                expected: .wait(.seconds(2))),
            Case(
                testDescription: "reset in the past for long", status: 429, headers: spent(0), attempt: 99,
                expected: .wait(.seconds(3600))),
            Case(
                testDescription: "Retry-After has passed", status: 429, headers: ["retry-after": "0"], attempt: 3,
                expected: .wait(.seconds(8))),
            Case(
                testDescription: "Retry-After goes first", headers: limited(10, retryAfter: "3"),
                expected: .wait(.seconds(3))),
            Case(
                testDescription: "absurd wait", headers: ["retry-after": "9999999"], expected: .wait(.seconds(86_400))),
            Case(testDescription: "bare 429", status: 429, expected: .wait(.seconds(60))),
            Case(testDescription: "bare 429 again", status: 429, attempt: 2, expected: .wait(.seconds(240))),
            Case(testDescription: "bare 429 for long", status: 429, attempt: 99, expected: .wait(.seconds(3600))),
            Case(
                testDescription: "secondary limit in words", body: "You have exceeded a secondary rate limit.",
                attempt: 1, expected: .wait(.seconds(120))),
            Case(
                testDescription: "the server's clock counts",
                headers: [
                    "date": "Sun, 06 Nov 1994 08:49:27 GMT", "x-ratelimit-remaining": "0",
                    "x-ratelimit-reset": "\(now)",
                ],
                expected: .wait(.seconds(11))),
            Case(
                testDescription: "absurd reset",
                headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "\(Int64.max)"],
                expected: .wait(.seconds(86_400))),
        ])
    func verdict(_ row: Case) throws {
        let response = HTTPResponse(
            status: row.status, headers: row.headers, body: Array(row.body.utf8), url: try HTTPURL("https://h"))
        #expect(RateLimit.verdict(response, now: Self.now, attempt: row.attempt) == row.expected)
    }

    private static func spent(_ seconds: Int64) -> HTTPHeaders {
        ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": String(now + seconds)]
    }

    private static func limited(_ seconds: Int64, retryAfter: String) -> HTTPHeaders {
        var headers = spent(seconds)
        headers.add("Retry-After", retryAfter)
        return headers
    }
}
