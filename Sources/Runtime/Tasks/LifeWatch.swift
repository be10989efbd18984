internal import ConnectorKit

/// Watches the deadlines of one life of a task and says what is to be done about each event. Pure: the caller acts and waits.
///
/// A life is over only when all its calls have returned, so that two of them never run at the same time.
struct LifeWatch {
    enum Event: Sendable {
        /// The next connectors are being started.
        case starting
        /// The task has failed and closes its connectors.
        case failing
        /// The life is over.
        case ended(TaskFailure?)
        case stopRequested
        /// The time for a step of the start is over.
        case startIsOver(step: Int)
        /// The time for delivering what was read is over.
        case deliveryIsOver
        /// The time for giving up is over.
        case graceIsOver
    }

    enum Action: Sendable {
        /// Ask the task to read no more.
        case stop
        /// Ask everything to give up at once.
        case abort
        /// Come back with the event after this time.
        case wait(Event, Duration)
        /// Show the task as stuck: which deadline it missed, and what comes of that.
        case showStuck(missed: String, next: String)
        /// The life has ended so.
        case end(Outcome)
    }

    enum Outcome: Sendable {
        case well
        case failed(TaskFailure)
        /// A stop was asked for before it had started; nothing was read.
        case neverStarted
        /// A call does not return, and the worker is to end.
        case leftBehind
    }

    /// The longest part of the time for a stop that is kept for giving up.
    private static let longestReserve = Duration.seconds(2)

    private let task: String
    private let startTimeout: Duration
    private let shutdownTimeout: Duration
    private let gate: StartGate
    private var step = 0
    private var hasFailed = false
    private var isStopping = false
    /// Whether the start was given up for a stop.
    private var isCutShort = false
    private var isStuck = false
    /// What deadline was missed first; nil when none was.
    private var missed: String?

    /// - Parameters:
    ///   - task: Names it in messages.
    ///   - gate: Which the task passes once it has started.
    init(task: String, gate: StartGate, startTimeout: Duration, shutdownTimeout: Duration) {
        self.task = task
        self.gate = gate
        self.startTimeout = startTimeout
        self.shutdownTimeout = shutdownTimeout
    }

    /// What is to be done about an event.
    mutating func take(_ event: Event) -> [Action] {
        switch event {
        case .starting:
            step += 1
            return [.wait(.startIsOver(step: step), startTimeout)]
        case .failing: return fail()
        case .ended(let failure): return [.end(outcome(failure))]
        case .stopRequested: return requestStop()
        case .startIsOver(let ended): return ended == step ? missStart() : []
        case .deliveryIsOver: return [.abort]
        case .graceIsOver: return becomeStuck()
        }
    }

    private mutating func missStart() -> [Action] {
        if isStopping || hasFailed || !gate.close() { return [] }
        missed = "did not start within \(startTimeout.milliseconds) ms (task.start.timeout.ms)"
        return [.stop, .abort, .wait(.graceIsOver, shutdownTimeout)]
    }

    private mutating func fail() -> [Action] {
        hasFailed = true
        // A start that was given up has its grace already, and so has a stop.
        if isStopping || missed != nil { return [] }
        return [.wait(.graceIsOver, shutdownTimeout)]
    }

    private mutating func requestStop() -> [Action] {
        isStopping = true
        if isStuck { return [.end(.leftBehind)] }
        // Before the end of the start there is nothing to deliver.
        isCutShort = gate.close()
        if isCutShort { return [.stop, .abort, .wait(.graceIsOver, shutdownTimeout)] }
        let reserve = min(Self.longestReserve, shutdownTimeout / 3)
        return [
            .stop, .wait(.deliveryIsOver, shutdownTimeout - reserve), .wait(.graceIsOver, shutdownTimeout),
        ]
    }

    private mutating func becomeStuck() -> [Action] {
        if isStuck { return [] }
        isStuck = true
        let limit = "within \(shutdownTimeout.milliseconds) ms (task.shutdown.graceful.timeout.ms)"
        let missed = "\(task) \(missed ?? "did not stop \(limit)")"
        guard isStopping else { return [.showStuck(missed: missed, next: "the task starts again once it has")] }
        let next = "it is left behind, and what it had not committed is read again at the next start"
        return [.showStuck(missed: missed, next: next), .end(.leftBehind)]
    }

    private func outcome(_ failure: TaskFailure?) -> Outcome {
        guard let failure else { return .well }
        if isCutShort, failure.remedy != .none { return .neverStarted }
        guard let missed, failure.remedy != .none else { return .failed(failure) }
        return .failed(TaskFailure("\(task) \(missed): \(failure)", .restart, retryAfter: failure.retryAfter))
    }
}
