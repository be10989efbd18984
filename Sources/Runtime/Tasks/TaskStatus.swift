public import ConnectorKit
internal import Synchronization

/// What can be seen of one task from outside, on any thread; outlives the task's restarts.
public final class TaskStatus: Sendable {
    /// Where a task stands; the names are Kafka Connect's where it has one.
    public enum State: String, Sendable, CaseIterable {
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
        /// The source is at its end, everything delivered.
        case done = "DONE"
        /// Ended, everything delivered.
        case stopped = "STOPPED"
        /// Ended by a failure and not started again.
        case failed = "FAILED"
        /// In a call of a connector that does not return; starts again once it does.
        case stuck = "STUCK"
    }

    private struct Shown {
        var state = State.unassigned
        var failure: String?
        /// What a call that is repeated failed with last.
        var repetition: String?
        /// Which call does not return; nil when none is overdue.
        var stuck: String?
        var isAtEnd = false

        /// A task is stuck until its calls have returned, whatever the life that they belong to says.
        mutating func enter(_ new: State) {
            if stuck != nil { return }
            state = new
            // What earlier attempts failed with is over.
            if new == .running { failure = nil }
        }
    }

    /// Which task of the pipeline.
    public let slot: TaskSlot
    /// What became of its records.
    public let counters: TaskCounters
    /// The connectors' own numbers.
    public let metrics = Metrics()
    /// How far a bounded source has come.
    public let progress = SourceProgress()
    /// Which calls its connectors are in.
    let calls = CallsUnderWay()
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
    /// Why the task does not run: the newest failure, after what it is stuck in; nil when there is nothing wrong.
    public var failure: String? {
        shown.withLock { shown in
            guard let stuck = shown.stuck else { return shown.failure }
            return (shown.failure ?? shown.repetition).map { "\(stuck); its last error: \($0)" } ?? stuck
        }
    }

    func enter(_ state: State) { shown.withLock { $0.enter(state) } }

    /// The source will never have more.
    func reachedEnd() { shown.withLock { $0.isAtEnd = true } }

    /// The task has ended well.
    func ended() { shown.withLock { $0.enter($0.isAtEnd ? .done : .stopped) } }

    func failed(_ state: State, _ message: String) {
        let message = redactor.shown(message)
        shown.withLock { shown in
            shown.enter(state)
            shown.failure = message
        }
    }

    /// A call failed and is repeated.
    func repeats(_ message: String) {
        let message = redactor.shown(message)
        shown.withLock { $0.repetition = message }
    }

    /// A call does not return.
    func stuck(_ message: String) {
        let message = redactor.shown(message)
        shown.withLock { shown in
            shown.enter(.stuck)
            shown.stuck = message
        }
    }

    /// All calls have returned.
    func callsReturned() { shown.withLock { $0.stuck = nil } }
}

extension TaskStatus.State {
    /// From what needs somebody to look at it to what does not.
    static let byUrgency: [Self] = [
        .stuck, .failed, .restarting, .starting, .running, .stopping, .unassigned, .stopped, .done,
    ]

    /// The place among ``byUrgency``.
    var urgency: Int { Self.byUrgency.firstIndex(of: self) ?? 0 }
}
