internal import ConnectorKit
internal import Synchronization

/// The way from a task to one of its sinks: at once on the task's own thread, or through a short queue to a thread of
/// the sink's.
///
/// At most ``capacity`` commands wait for the sink, so a slow one holds its source back and memory stays bounded.
final class SinkLane: Sendable {
    /// Commands that the sink has not carried out, the one it is at included.
    static let capacity = 2
    /// The same for a sink that leaves batches under way: these are small, and it must not wait for the next.
    static let pipelinedCapacity = 8
    /// The time that ``portion`` is for: what is on its way to a sink must be delivered before a stop, which has seconds.
    private static let portionTime = 0.5
    /// How often a sink with nothing else to do is asked what became of what it has under way.
    private static let askingPause = Duration.milliseconds(10)

    /// What the sink is to do.
    enum Command: Sendable {
        /// Open it, by a deadline.
        case start(Duration)
        case claim([PositionFields])
        case deliver(BatchBox)
        /// Wait for what became of everything delivered.
        case settle
        case flush(through: UInt64)
        case stop
    }

    /// What came of it.
    enum Outcome: Sendable {
        case started([Position]?)
        case claimed([Position])
        case delivered(BatchBox, isDurable: Bool)
        case settled
        case flushed(through: UInt64)
        case failed(TaskFailure, BatchBox?)
        case stopped
    }

    private struct Queues {
        var commands: [Command] = []
        var outcomes: [Outcome] = []
        var waiting = 0
        var unanswered = 0
        /// The first failure: nothing is put after it, so that no later batch can overtake a failed one.
        var failure: TaskFailure?
    }

    /// The sink's place in the pipeline.
    let index: Int
    /// The sink's name.
    let name: String
    private let driver: SinkDriver
    private let queues = Mutex(Queues())
    private let hasStopped = Atomic<Bool>(false)
    private let leavesUnderWay = Atomic<Bool>(false)
    private let recentPortion = Atomic<Int>(0)
    private let arrived = WaitPoint()
    private let ownerWakes: WaitPoint
    private let clock: WorkerClock
    private let thread: TaskThread?

    /// - Parameter ownerWakes: Woken when an outcome is there.
    init(
        index: Int, name: String, driver: SinkDriver, ownThread: TaskThread?, ownerWakes: WaitPoint, clock: WorkerClock
    ) {
        self.index = index
        self.name = name
        self.driver = driver
        self.ownerWakes = ownerWakes
        self.clock = clock
        thread = ownThread
        if let ownThread { Task(executorPreference: ownThread) { await self.work() } }
    }

    /// Commands that have no outcome yet, or whose outcome was not taken.
    var unanswered: Int { queues.withLock { $0.unanswered } }
    /// Commands that the sink has not carried out.
    private var waiting: Int { queues.withLock { $0.waiting } }
    /// Whether another batch may be sent.
    var hasRoom: Bool { waiting < (isPipelined ? Self.pipelinedCapacity : Self.capacity) }
    /// Whether the sink has nothing to do but what it has under way.
    var isIdle: Bool { waiting == 0 }

    /// Whether the sink is to be told to settle what it has under way, as it has nothing else to do.
    var isOwed: Bool { queues.withLock { $0.waiting == 0 && $0.unanswered > $0.outcomes.count } }

    /// Whether the sink has left a batch under way: it does not pay for each call.
    var isPipelined: Bool { leavesUnderWay.load(ordering: .relaxed) }

    /// The records that the sink takes in half a second, as far as its last batch shows; 0 before the first.
    var portion: Int { recentPortion.load(ordering: .relaxed) }

    /// Whether the sink works on the task's own thread.
    var isDirect: Bool { thread == nil }

    /// Gives the sink a command; returns at once when it has a thread of its own.
    func send(_ command: Command) async {
        queues.withLock { queues in
            queues.unanswered += 1
            queues.waiting += 1
        }
        guard thread != nil else { return await perform(command) }
        queues.withLock { $0.commands.append(command) }
        arrived.wake()
    }

    /// Whether something came of an earlier command.
    var hasOutcome: Bool { queues.withLock { !$0.outcomes.isEmpty } }

    /// What came of earlier commands, in order.
    func takeOutcomes() -> [Outcome] {
        queues.withLock { queues in
            defer { queues.outcomes = [] }
            queues.unanswered -= queues.outcomes.count
            return queues.outcomes
        }
    }

    private func work() async {
        while !hasStopped.load(ordering: .relaxed) {
            let pause = driver.isOwed ? Self.askingPause : nil
            let isThere = arrived.wait(atMost: pause) { queues.withLock { !$0.commands.isEmpty } }
            if isThere { await perform(queues.withLock { $0.commands.removeFirst() }) } else { await ask() }
            ownerWakes.wake()
        }
        thread?.end()
    }

    private func perform(_ command: Command) async {
        let outcome = await attempt(command)
        var all = takeSettled()
        if case .failed(let failure, _) = outcome { all += abandon(failure) }
        if case .stopped = outcome { all += abandon(TaskFailure("sink \(name) was stopped with records under way")) }
        if let outcome { all.append(outcome) }
        queues.withLock { queues in
            queues.outcomes += all
            queues.waiting -= 1
        }
    }

    /// What came of a command; nil for a batch, which is among the settled ones now or later.
    private func attempt(_ command: Command) async -> Outcome? {
        do throws(TaskFailure) {
            if let failure = queues.withLock({ $0.failure }) {
                switch command {
                case .stop: break
                case .deliver(let box): return .failed(failure, box)
                case .start, .claim, .settle, .flush: return .failed(failure, nil)
                }
            }
            switch command {
            case .start(let deadline): return .started(try await driver.start(by: deadline))
            case .claim(let partitions): return .claimed(try await driver.claim(partitions))
            case .deliver(let box): return await deliver(box)
            case .settle:
                try await driver.settle(waiting: true)
                return .settled
            case .flush(let sequence):
                try await driver.flush()
                return .flushed(through: sequence)
            case .stop:
                hasStopped.store(true, ordering: .relaxed)
                try await driver.stop()
                return .stopped
            }
        } catch {
            return .failed(error, nil)
        }
    }

    private func deliver(_ box: BatchBox) async -> Outcome? {
        do throws(TaskFailure) {
            let (start, count) = (clock.monotonic, box.batch.deliverableCount)
            try await driver.deliver(box)
            note(count, taken: clock.monotonic - start)
            if driver.isOwed { leavesUnderWay.store(true, ordering: .relaxed) }
            return nil
        } catch {
            return .failed(error, box)
        }
    }

    private func note(_ count: Int, taken time: Duration) {
        guard count > 0 else { return }
        let portion = Double(count) * (Self.portionTime / max(time / .seconds(1), 1e-6))
        recentPortion.store(Int(portion), ordering: .relaxed)
    }

    /// Takes what has come of batches under way, and waits for none.
    private func ask() async {
        var all: [Outcome] = []
        do throws(TaskFailure) {
            try await driver.settle(waiting: false)
            all = takeSettled()
        } catch {
            all = takeSettled() + abandon(error)
        }
        queues.withLock { $0.outcomes += all }
    }

    private func takeSettled() -> [Outcome] {
        driver.takeSettled().map { .delivered($0.box, isDurable: $0.isDurable) }
    }

    /// After a failure nothing under way is waited for.
    private func abandon(_ failure: TaskFailure) -> [Outcome] {
        queues.withLock { $0.failure = $0.failure ?? failure }
        return driver.takeAbandoned().map { .failed(failure, $0) }
    }
}
