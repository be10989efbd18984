internal import ConnectorKit

/// What can be seen of one pipeline from outside, on any thread.
public final class PipelineStatus: Sendable {
    /// The pipeline's name.
    public let name: String
    /// The sinks' names, in order.
    public let sinkNames: [String]
    /// Its tasks.
    public let tasks: [TaskStatus]

    init(_ pipeline: PipelineConfig, tasks: [TaskStatus]) {
        name = pipeline.name
        sinkNames = pipeline.sinks.map(\.name)
        self.tasks = tasks
    }

    /// The numbers of all tasks added up.
    public var totals: PipelineTotals {
        var totals = PipelineTotals()
        for task in tasks {
            let counters = task.counters
            totals.read += counters.read.value
            totals.filtered += counters.filtered.value
            totals.deadLettered += counters.deadLettered.value
            totals.skipped += counters.skipped.value
            totals.repeated += counters.repeated.value
            totals.retries += counters.retries.value
            for sink in counters.sinks {
                totals.delivered += sink.delivered.value
                totals.filtered += sink.filtered.value
                totals.deadLettered += sink.deadLettered.value
                totals.skipped += sink.skipped.value
            }
            for index in counters.sinks.indices { totals.inFlight += max(0, counters.inFlight(sink: index)) }
        }
        return totals
    }

    /// The state of the worst task.
    public var state: TaskStatus.State {
        let states = tasks.map(\.state)
        return TaskStatus.State.byUrgency.first(where: states.contains) ?? .unassigned
    }

    /// Whether every task ended well.
    public var endedWell: Bool { tasks.allSatisfy { $0.state != .failed && $0.state != .stuck } }

    /// What does not add up, once the tasks have ended; nil when read = delivered + filtered + dead-lettered + skipped + in
    /// flight for every sink. A task that ended well has nothing in flight.
    var accountingGap: String? {
        for task in tasks where task.state != .stuck {
            for index in task.counters.sinks.indices {
                let inFlight = task.counters.inFlight(sink: index)
                if inFlight == 0 || (inFlight > 0 && task.state == .failed) { continue }
                return "task \(task.slot.index), sink \(sinkNames[index]): read \(task.counters.read.value), "
                    + "unaccounted for \(inFlight)"
            }
        }
        return nil
    }

    /// How far a bounded source has come, from 0 to 1; nil when it has no known end.
    public var progress: Double? {
        var done = 0
        var total = 0
        for task in tasks {
            guard let taskTotal = task.progress.total else { return nil }
            done += task.progress.done
            total += taskTotal
        }
        return total > 0 ? min(1, Double(done) / Double(total)) : nil
    }

    /// Records waiting in the other system; nil when unknown.
    public var lag: Int? {
        let known = tasks.compactMap(\.progress.lag)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}

/// The numbers of a pipeline. With several sinks each record counts once for each sink that it reached.
public struct PipelineTotals: Sendable, Equatable {
    /// Records the source gave.
    public var read = 0
    /// Records that are durable in the sinks.
    public var delivered = 0
    /// Records read and not yet settled one way or the other; those of a task that failed are read again at its next start.
    public var inFlight = 0
    /// Records that transforms dropped.
    public var filtered = 0
    /// Records in the dead letter queue.
    public var deadLettered = 0
    /// Records passed over because nothing takes dead letters.
    public var skipped = 0
    /// Records read a second time after a task failed, which count nowhere else.
    public var repeated = 0
    /// Calls repeated after a failure.
    public var retries = 0
}
