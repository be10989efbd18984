public import ConnectorKit

/// What became of the records of one task before they reached the sinks.
public final class TaskCounters: Sendable {
    /// Records the source gave, unreadable ones included.
    public let read = Counter()
    /// Records the pipeline's transforms made of others, these not counted.
    let made = Counter()
    /// Records the pipeline's transforms dropped.
    public let filtered = Counter()
    /// Records sent to the dead letter queue before they reached the sinks.
    public let deadLettered = Counter()
    /// Records passed over because nothing takes dead letters.
    public let skipped = Counter()
    /// Calls repeated after a failure.
    public let retries = Counter()
    /// One for each sink.
    public let sinks: [SinkCounters]

    init(sinks: Int) { self.sinks = (0..<sinks).map { _ in SinkCounters() } }

    /// Records read and not yet accounted for by the sink of this index.
    public func inFlight(sink index: Int) -> Int {
        read.value + made.value - filtered.value - deadLettered.value - skipped.value - sinks[index].settled
    }
}

/// What became of the records that reached one sink of a task.
public final class SinkCounters: Sendable {
    /// Records the sink took.
    public let delivered = Counter()
    /// Records the sink's own transforms made of others, these not counted.
    let made = Counter()
    /// Records the sink's own transforms dropped.
    public let filtered = Counter()
    /// Records sent to the dead letter queue.
    public let deadLettered = Counter()
    /// Records passed over because nothing takes dead letters.
    public let skipped = Counter()
    /// Records in flight when the task failed; they are read again.
    public let abandoned = Counter()

    var settled: Int {
        delivered.value + filtered.value + deadLettered.value + skipped.value + abandoned.value - made.value
    }
}
