public import ConnectorKit
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private let start: Int64

    /// - Parameter wall: Milliseconds since 1970 UTC at the beginning.
    public init(wall: Int64 = 1_760_000_000_000) { start = wall }

    /// Moves time on.
    public func advance(_ time: Duration) { elapsed.withLock { $0 += time } }

    /// What to hand to a connector.
    public var clock: WorkerClock {
        WorkerClock(
            wall: { self.start + Int64(self.elapsed.withLock { $0 }.milliseconds) },
            monotonic: { .seconds(1000) + self.elapsed.withLock { $0 } })
    }
}
