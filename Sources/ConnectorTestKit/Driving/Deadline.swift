import Dispatch
import Synchronization

/// Runs `body` to its end, or throws once `limit` has passed; `body` is left behind then, as the worker leaves a stuck
/// task. It runs where it may block, one piece of work at a time.
func withDeadline<Value: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let outcome = FirstOutcome(continuation)
        Task.detached(executorPreference: OwnQueue()) {
            do { outcome.give(.success(try await body())) } catch { outcome.give(.failure(error)) }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Int(limit.components.seconds))) {
            outcome.give(.failure(ConformanceFailure("\(what) did not return within \(limit)")))
        }
    }
}

/// Resumes a continuation with whatever comes first.
private final class FirstOutcome<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) { self.continuation = Mutex(continuation) }

    func give(_ outcome: Result<Value, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: outcome)
    }
}

/// Keeps calls that block off the threads that all other tests share.
private final class OwnQueue: TaskExecutor {
    private let queue = DispatchQueue(label: "conformance")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
