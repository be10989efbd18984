public import ConnectorKit
internal import Synchronization

/// What can be seen of one task from outside, on any thread; outlives the task's restarts.
public final class TaskStatus: Sendable {
    /// Where a task stands; the names are Kafka Connect's where it has one.
    public enum State: String, Sendable {
        /// Not started yet.
        case unassigned = "UNASSIGNED"
        /// Connectors are being opened.
        case starting = "STARTING"
        /// Records move.
        case running = "RUNNING"
        /// What was read is being delivered; nothing more is read.
        case stopping = "STOPPING"
        /// Waits to start again after a failure.
        case restarting = "RESTARTING"
        /// Ended, everything delivered.
        case stopped = "STOPPED"
        /// Ended by a failure and not started again.
        case failed = "FAILED"
        /// In a call of a connector that does not return; left behind.
        case stuck = "STUCK"
    }

    private struct Shown {
        var state = State.unassigned
        var failure: String?

        /// A stuck task stays so: a call that returns after all must not make it look well.
        mutating func enter(_ new: State) { if state != .stuck { state = new } }
    }

    /// Which task of the pipeline.
    public let slot: TaskSlot
    /// What became of its records.
    public let counters: TaskCounters
    /// The connectors' own numbers.
    public let metrics = Metrics()
    /// How far a bounded source has come.
    public let progress = SourceProgress()
    /// Positions committed so far, over all lives.
    let commits = Counter()
    private let shown = Mutex(Shown())
    private let redactor: Redactor

    init(slot: TaskSlot, sinks: Int, redactor: Redactor) {
        self.slot = slot
        self.redactor = redactor
        counters = TaskCounters(sinks: sinks)
    }

    /// Where the task stands.
    public var state: State { shown.withLock { $0.state } }
    /// The newest failure; nil when there was none.
    public var failure: String? { shown.withLock { $0.failure } }

    func enter(_ state: State) { shown.withLock { $0.enter(state) } }

    func failed(_ state: State, _ message: String) {
        let message = redactor.redact(message)
        shown.withLock { shown in
            shown.enter(state)
            shown.failure = message
        }
    }
}
