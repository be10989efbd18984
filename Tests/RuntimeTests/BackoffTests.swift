import Testing

@testable import Runtime

@Suite("Retries wait longer and longer, with jitter, and end in time")
struct BackoffTests {
    @Test(
        "the ceiling doubles from 300 ms to the maximum",
        arguments: [(1, 300), (2, 600), (3, 1200), (5, 4800), (6, 5000), (60, 5000)])
    func ceiling(attempt: Int, milliseconds: Int) {
        var backoff = Backoff(maximum: .seconds(5), timeout: nil)
        var delay: Duration?
        for _ in 0..<attempt { delay = backoff.failed(at: .zero, retryAfter: nil, fraction: 1) }
        #expect(delay == .milliseconds(milliseconds))
    }

    @Test("jitter is full: a fraction of 0 does not wait")
    func jitter() {
        var backoff = Backoff(maximum: .seconds(5), timeout: nil)
        #expect(backoff.failed(at: .zero, retryAfter: nil, fraction: 0) == .zero)
        #expect(backoff.failed(at: .zero, retryAfter: nil, fraction: 0.5) == .milliseconds(300))
    }

    @Test("trying ends when the time is over, and the last wait is cut to what is left")
    func timeout() {
        var backoff = Backoff(maximum: .seconds(60), timeout: .seconds(1))
        #expect(backoff.failed(at: .seconds(10), retryAfter: nil, fraction: 1) == .milliseconds(300))
        #expect(
            backoff.failed(at: .seconds(10) + .milliseconds(900), retryAfter: nil, fraction: 1) == .milliseconds(100))
        #expect(backoff.failed(at: .seconds(11), retryAfter: nil, fraction: 1) == nil)
    }

    @Test("what the other system asks for is obeyed, or trying ends at once when it is too long")
    func retryAfter() {
        var patient = Backoff(maximum: .seconds(1), timeout: nil)
        #expect(patient.failed(at: .zero, retryAfter: .seconds(90), fraction: 1) == .seconds(90))
        var hurried = Backoff(maximum: .seconds(1), timeout: .seconds(30))
        #expect(hurried.failed(at: .zero, retryAfter: .seconds(90), fraction: 1) == nil)
    }

    @Test("a success starts the count anew")
    func success() {
        var backoff = Backoff(maximum: .seconds(60), timeout: .seconds(1))
        _ = backoff.failed(at: .zero, retryAfter: nil, fraction: 1)
        backoff.succeeded()
        #expect(backoff.failed(at: .seconds(100), retryAfter: nil, fraction: 1) == .milliseconds(300))
    }
}

@Suite("A failing task starts again until it is in a crash loop")
struct RestartCounterTests {
    private let policy = RestartPolicy(
        maxAttempts: 3, backoff: .seconds(1), backoffMax: .seconds(3), resetAfter: .seconds(60))

    @Test("waits double, and after the last attempt there is none")
    func crashLoop() {
        var counter = RestartCounter(policy: policy)
        let waits = (0..<4).map { _ in counter.taskFailed(after: .seconds(1), hasCommitted: true) }
        #expect(waits == [.seconds(1), .seconds(2), .seconds(3), nil])
    }

    @Test("a long life without a commit is no progress")
    func noProgress() {
        var counter = RestartCounter(policy: policy)
        let waits = (0..<4).map { _ in counter.taskFailed(after: .seconds(300), hasCommitted: false) }
        #expect(waits.last == .some(nil))
    }

    @Test("running well for a while forgives earlier failures")
    func forgiven() {
        var counter = RestartCounter(policy: policy)
        for _ in 0..<3 { _ = counter.taskFailed(after: .zero, hasCommitted: true) }
        #expect(counter.taskFailed(after: .seconds(60), hasCommitted: true) == .seconds(1))
    }
}
