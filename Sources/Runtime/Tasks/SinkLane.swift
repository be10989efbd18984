internal import ConnectorKit
internal import Synchronization

/// The way from a task to one of its sinks: at once on the task's own thread, or through a short queue to a thread of
/// the sink's.
///
/// The task keeps at most ``capacity`` commands under way, so a slow sink holds its source back and memory stays bounded.
final class SinkLane: Sendable {
    /// Batches under way to a sink with a thread of its own.
    static let capacity = 2

    /// What the sink is to do.
    enum Command: Sendable {
        case start
        case deliver(BatchBox)
        case flush(through: UInt64)
        case stop
    }

    /// What came of it.
    enum Outcome: Sendable {
        case started([Position]?)
        case delivered(BatchBox, isDurable: Bool)
        case flushed(through: UInt64)
        case failed(TaskFailure, BatchBox?)
        case stopped
    }

    private struct Queues {
        var commands: [Command] = []
        var outcomes: [Outcome] = []
        var underWay = 0
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
    private let arrived = WaitPoint()
    private let ownerWakes: WaitPoint
    private let thread: TaskThread?

    /// - Parameter ownerWakes: Woken when an outcome is there.
    init(index: Int, name: String, driver: SinkDriver, ownThread: TaskThread?, ownerWakes: WaitPoint) {
        self.index = index
        self.name = name
        self.driver = driver
        self.ownerWakes = ownerWakes
        thread = ownThread
        if let ownThread { Task(executorPreference: ownThread) { await self.work() } }
    }

    /// Commands that have no outcome yet, or whose outcome was not taken.
    var underWay: Int { queues.withLock { $0.underWay } }
    /// Whether another batch may be sent.
    var hasRoom: Bool { underWay < Self.capacity }

    /// Whether the sink works on the task's own thread.
    var isDirect: Bool { thread == nil }

    /// Gives the sink a command; returns at once when it has a thread of its own.
    func send(_ command: Command) async {
        queues.withLock { $0.underWay += 1 }
        guard thread != nil else {
            let outcome = await perform(command)
            return queues.withLock { $0.outcomes.append(outcome) }
        }
        queues.withLock { $0.commands.append(command) }
        arrived.wake()
    }

    /// Whether something came of an earlier command.
    var hasOutcome: Bool { queues.withLock { !$0.outcomes.isEmpty } }

    /// What came of earlier commands, in order.
    func takeOutcomes() -> [Outcome] {
        queues.withLock { queues in
            defer { queues.outcomes = [] }
            queues.underWay -= queues.outcomes.count
            return queues.outcomes
        }
    }

    private func work() async {
        while true {
            arrived.wait(atMost: nil) { queues.withLock { !$0.commands.isEmpty } }
            let command = queues.withLock { $0.commands.removeFirst() }
            let outcome = await perform(command)
            queues.withLock { $0.outcomes.append(outcome) }
            ownerWakes.wake()
            if hasStopped.load(ordering: .relaxed) { break }
        }
        thread?.end()
    }

    private func perform(_ command: Command) async -> Outcome {
        let outcome = await attempt(command)
        if case .failed(let failure, _) = outcome { queues.withLock { $0.failure = $0.failure ?? failure } }
        return outcome
    }

    private func attempt(_ command: Command) async -> Outcome {
        do throws(TaskFailure) {
            if let failure = queues.withLock({ $0.failure }) {
                switch command {
                case .stop: break
                case .deliver(let box): return .failed(failure, box)
                case .start, .flush: return .failed(failure, nil)
                }
            }
            switch command {
            case .start: return .started(try await driver.start())
            case .deliver(let box): return try await deliver(box)
            case .flush(let sequence):
                if driver.needsFlush { try await driver.flush() }
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

    private func deliver(_ box: BatchBox) async throws(TaskFailure) -> Outcome {
        do throws(TaskFailure) {
            return .delivered(box, isDurable: try await driver.deliver(box))
        } catch {
            return .failed(error, box)
        }
    }
}
