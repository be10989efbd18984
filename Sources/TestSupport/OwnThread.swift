public import Testing

/// Tests whose calls block: they run on threads of their own, a few at a time.
///
/// Swift's cooperative pool has a thread for each core, and a test that blocks one keeps all others waiting, those that wait for
/// a moment among them.
public struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    /// More would only make each other slow: tests wait for servers and child processes most of the time.
    private static let turns = Turns(6)
    private static let threads = ThreadExecutor()
    @TaskLocal private static var isTaken = false

    /// Tests of a suite, not the suite as a whole.
    public var isRecursive: Bool { true }

    /// Waits for a turn and runs a test.
    @concurrent
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        if Self.isTaken { return try await function() }
        await Self.turns.take()
        defer { Self.turns.giveBack() }
        try await Self.$isTaken.withValue(true) {
            try await withTaskExecutorPreference(Self.threads) { try await function() }
        }
    }
}

extension Trait where Self == OwnThread {
    /// Tests whose calls block.
    public static var ownThread: Self { Self() }
}
