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
            totals.retries += counters.retries.value
            for sink in counters.sinks {
                totals.delivered += sink.delivered.value
                totals.filtered += sink.filtered.value
                totals.deadLettered += sink.deadLettered.value
                totals.skipped += sink.skipped.value
                totals.abandoned += sink.abandoned.value
            }
        }
        return totals
    }

    /// The state of the worst task.
    public var state: TaskStatus.State {
        let order: [TaskStatus.State] = [
            .stuck, .failed, .restarting, .starting, .running, .stopping, .unassigned, .stopped,
        ]
        let states = tasks.map(\.state)
        return order.first(where: states.contains) ?? .unassigned
    }

    /// What does not add up, once the tasks have ended; nil when read = delivered + filtered + dead-lettered + skipped
    /// for every sink, records that are read again after a failure aside.
    var accountingGap: String? {
        for task in tasks where task.state != .stuck {
            for index in task.counters.sinks.indices where task.counters.inFlight(sink: index) != 0 {
                return "task \(task.slot.index), sink \(sinkNames[index]): read \(task.counters.read.value), "
                    + "unaccounted for \(task.counters.inFlight(sink: index))"
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
    /// Records the sinks took.
    public var delivered = 0
    /// Records that transforms dropped.
    public var filtered = 0
    /// Records in the dead letter queue.
    public var deadLettered = 0
    /// Records passed over because nothing takes dead letters.
    public var skipped = 0
    /// Records in flight when a task failed, which are read again.
    public var abandoned = 0
    /// Calls repeated after a failure.
    public var retries = 0
}
