import Glibc

/// The time, so that tests can hold it still.
///
/// Waits and deadlines use ``monotonic``, which a clock set backwards does not disturb.
public struct WorkerClock: Sendable {
    private let readWall: @Sendable () -> Int64
    private let readMonotonic: @Sendable () -> Duration

    /// A clock of one's own.
    public init(wall: @escaping @Sendable () -> Int64, monotonic: @escaping @Sendable () -> Duration) {
        readWall = wall
        readMonotonic = monotonic
    }

    /// Milliseconds since 1970 in UTC; may jump either way.
    public var now: Int64 { readWall() }
    /// Time since some fixed moment; never goes back.
    public var monotonic: Duration { readMonotonic() }

    /// The machine's clock.
    public static var system: WorkerClock {
        WorkerClock(
            wall: {
                let time = read(CLOCK_REALTIME)
                return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
            },
            monotonic: {
                let time = read(CLOCK_MONOTONIC)
                return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
            })
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time
    }
}
