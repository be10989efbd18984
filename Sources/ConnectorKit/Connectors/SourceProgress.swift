internal import Synchronization

/// How far a source has come, for the live line; written by the source, read by the worker from another thread.
public final class SourceProgress: Sendable {
    private let doneUnits = Atomic<Int>(0)
    private let totalUnits = Atomic<Int>(-1)
    private let lagRecords = Atomic<Int>(-1)

    /// No progress and no known end.
    public init() {}

    /// Units done so far: bytes, pages or records, as the source counts its work.
    public var done: Int { doneUnits.load(ordering: .relaxed) }
    /// Units in all; nil while unknown or endless.
    public var total: Int? {
        let total = totalUnits.load(ordering: .relaxed)
        return total < 0 ? nil : total
    }
    /// Records waiting in the other system; nil when unknown.
    public var lag: Int? {
        let lag = lagRecords.load(ordering: .relaxed)
        return lag < 0 ? nil : lag
    }

    /// Says how much of how much is done; a nil `total` has no known end.
    public func update(done: Int, total: Int?) {
        doneUnits.store(done, ordering: .relaxed)
        totalUnits.store(total ?? -1, ordering: .relaxed)
    }

    /// Says how many records wait; nil when unknown.
    public func update(lag: Int?) { lagRecords.store(lag ?? -1, ordering: .relaxed) }
}
