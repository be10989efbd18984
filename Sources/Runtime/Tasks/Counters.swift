public import ConnectorKit
internal import Synchronization

/// What became of the records of one task before they reached the sinks, over all its lives.
///
/// Written by the life that runs, read on any thread. A new life takes the numbers back to the last commit, since it reads
/// again from there, so that each record counts once.
public final class TaskCounters: Sendable {
    /// Numbers that hold for positions.
    private struct Reading {
        let positions: [Position]
        let values: [Int]
    }

    private struct Memory {
        /// Those of the last commit.
        var committed: Reading
        /// Those of a commit that was begun, and that a failure may have left in doubt.
        var begun: Reading?
    }

    /// Records the source gave, unreadable ones included.
    public let read = Counter()
    /// Records the pipeline's transforms made of others, these not counted.
    let made = Counter()
    /// Records the pipeline's transforms dropped.
    public let filtered = Counter()
    /// Records sent to the dead letter queue before they reached the sinks, and durable there.
    public let deadLettered = Counter()
    /// Records passed over because nothing takes dead letters.
    public let skipped = Counter()
    /// Records read a second time, since the task failed before they were committed; counted here alone.
    public let repeated = Counter()
    /// Calls repeated after a failure.
    public let retries = Counter()
    /// One for each sink.
    public let sinks: [SinkCounters]
    private let memory: Mutex<Memory>

    init(sinks count: Int) {
        sinks = (0..<count).map { _ in SinkCounters() }
        memory = Mutex(Memory(committed: Reading(positions: [], values: Array(repeating: 0, count: 5 + 5 * count))))
    }

    /// Records read and not yet accounted for by the sink of this index.
    public func inFlight(sink index: Int) -> Int {
        read.value + made.value - filtered.value - deadLettered.value - skipped.value - sinks[index].settled
    }

    /// Five before the sinks, and five of each sink, of which the first is what it delivered.
    private var accounts: [Counter] { [read, made, filtered, deadLettered, skipped] + sinks.flatMap(\.accounts) }

    /// Everything read so far was put and is flushed now; its positions are committed next.
    ///
    /// - Parameter uncovered: How many records were read last that no position covers.
    func commitBegins(reaching positions: [Position], uncovered: Int) {
        let reached = reading(of: positions, pending: sinks.map(\.taken.value), uncovered: uncovered)
        memory.withLock { $0.begun = reached }
    }

    /// Everything read so far is durable, and its positions are committed.
    func committed(uncovered: Int) {
        let reached = reading(of: [], pending: sinks.map { _ in 0 }, uncovered: uncovered)
        memory.withLock { $0 = Memory(committed: reached) }
    }

    private func reading(of positions: [Position], pending: [Int], uncovered: Int) -> Reading {
        var values = accounts.map(\.value)
        for (index, count) in pending.enumerated() { values[5 * (index + 1)] += count }
        let ends = [0] + sinks.indices.map { 5 * ($0 + 1) }
        // What no position covers is read again; what became of it is as good as always that it was delivered.
        if ends.allSatisfy({ values[$0] >= uncovered }) { for place in ends { values[place] -= uncovered } }
        return Reading(positions: positions, values: values)
    }

    /// A new life goes back to the last commit.
    func lifeBegins() {
        let start = memory.withLock { $0.committed.values }
        repeated.add(read.value - start[0])
        for (account, value) in zip(accounts, start) { account.set(value) }
        for sink in sinks { sink.taken.set(0) }
    }

    /// It reads on from these positions, which sinks keep with their data: a commit in doubt that reached them did happen.
    func readsOn(from positions: [Position]) {
        let gained: [Int]? = memory.withLock { memory in
            guard let begun = memory.begun, !begun.positions.isEmpty, Set(begun.positions).isSubset(of: positions)
            else { return nil }
            defer { memory = Memory(committed: begun) }
            return zip(begun.values, memory.committed.values).map { $0 - $1 }
        }
        guard let gained else { return }
        repeated.add(-gained[0])
        for (account, count) in zip(accounts, gained) { account.add(count) }
    }
}

/// What became of the records that reached one sink of a task.
public final class SinkCounters: Sendable {
    /// Records that are durable in the sink.
    public let delivered = Counter()
    /// Records the sink took that are not durable yet.
    let taken = Counter()
    /// Records the sink's own transforms made of others, these not counted.
    let made = Counter()
    /// Records the sink's own transforms dropped.
    public let filtered = Counter()
    /// Records sent to the dead letter queue, and durable there.
    public let deadLettered = Counter()
    /// Records passed over because nothing takes dead letters.
    public let skipped = Counter()

    var accounts: [Counter] { [delivered, made, filtered, deadLettered, skipped] }

    var settled: Int { delivered.value + filtered.value + deadLettered.value + skipped.value - made.value }

    /// Everything the sink took is durable.
    func becameDurable() {
        delivered.add(taken.value)
        taken.set(0)
    }
}
