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
        maxAttempts: 3, countsAll: false, backoff: .seconds(1), backoffMax: .seconds(3), resetAfter: .seconds(60))

    private let broken = TaskFailure("broken")
    private let away = TaskFailure("away", .restart)

    @Test("waits double, and after the last attempt there is none")
    func crashLoop() {
        var counter = RestartCounter(policy: policy)
        let waits = (0..<4).map { _ in counter.taskFailed(broken, after: .seconds(1), hasCommitted: true) }
        #expect(waits == [.seconds(1), .seconds(2), .seconds(3), nil])
    }

    @Test("a long life without a commit is no progress")
    func noProgress() {
        var counter = RestartCounter(policy: policy)
        let waits = (0..<4).map { _ in counter.taskFailed(broken, after: .seconds(300), hasCommitted: false) }
        #expect(waits.last == .some(nil))
    }

    @Test("running well for a while forgives earlier failures")
    func forgiven() {
        var counter = RestartCounter(policy: policy)
        for _ in 0..<3 { _ = counter.taskFailed(broken, after: .zero, hasCommitted: true) }
        #expect(counter.taskFailed(broken, after: .seconds(60), hasCommitted: true) == .seconds(1))
    }

    @Test("a failure that passes by itself is no crash loop, however often it comes")
    func passes() {
        var counter = RestartCounter(policy: policy)
        let waits = (0..<100).map { _ in counter.taskFailed(away, after: .zero, hasCommitted: false) }
        #expect(waits.prefix(3) == [.seconds(1), .seconds(2), .seconds(3)])
        #expect(waits.dropFirst(3).allSatisfy { $0 == .seconds(3) })
        // It took nothing from the limit of the others.
        let broken = (0..<4).map { _ in counter.taskFailed(self.broken, after: .zero, hasCommitted: false) }
        #expect(broken == [.seconds(3), .seconds(3), .seconds(3), nil])
    }

    @Test("it counts when the user set a limit, and when the worker is to end by itself", arguments: [true, false])
    func counts(isSet: Bool) {
        let policy = RestartPolicy(
            maxAttempts: 3, countsAll: isSet, backoff: .seconds(1), backoffMax: .seconds(3), resetAfter: .seconds(60))
        var counter = RestartCounter(policy: policy, endsByItself: !isSet)
        let waits = (0..<4).map { _ in counter.taskFailed(away, after: .zero, hasCommitted: false) }
        #expect(waits.last == .some(nil))
    }

    @Test("a configuration that is wrong is not tried again")
    func configuration() {
        var counter = RestartCounter(policy: policy)
        #expect(counter.taskFailed(TaskFailure("no", .none), after: .zero, hasCommitted: true) == nil)
    }

    @Test("the wait that the other system asks for is obeyed, up to a day")
    func retryAfter() {
        var counter = RestartCounter(policy: policy)
        for (asked, wait) in [
            (Duration.seconds(90), Duration.seconds(90)), (.seconds(1), .seconds(2)),
            (.seconds(1 << 40), .seconds(86_400)),
        ] {
            let failure = TaskFailure("later", .restart, retryAfter: asked)
            #expect(counter.taskFailed(failure, after: .zero, hasCommitted: false) == wait)
        }
    }
}
