import CRdKafka
import ConnectorKit
import Glibc
import Synchronization

/// Keeps a task in its group, on a thread of its own, whatever the task itself is doing.
///
/// It hears of rebalances and of answers to commits, and asks the brokers about partitions that are silent, which may take a
/// second. So a task whose sink blocks stays a member, and gives up what the group wants back.
@safe
final class GroupKeeper: @unchecked Sendable {
    // `@unchecked`: the thread is begun and ended by the task.

    /// How long a stop waits for the group to have taken the last offsets, and with what is left of it for the leave.
    private static let farewell = Duration.seconds(1)
    /// How long of that the leave may take, which goes on after the client's end.
    private static let leave = Duration.milliseconds(600)
    /// How long a stop waits for the thread, which a call of librdkafka may not return to; it keeps its client then.
    private static let patience = Duration.seconds(4)
    /// The most errors that wait for the task.
    private static let mostTroubles = 100

    private let consumer: Consumer
    private let stalls: StallReport
    private let places: PlaceFinder
    private let context: SourceContext
    private let readsCommitted: Bool
    private let isEnding = Atomic<Bool>(false)
    private let isAbandoned = Atomic<Bool>(false)
    private let news = Mutex(News())
    private var thread: pthread_t?
    /// Since when the task is asked to end.
    private var stopSince: Duration?
    private var isIntroduced = false

    private struct News {
        var troubles: [Trouble] = []
        var hopelessness: ConnectorError?
    }

    private var assignment: Assignment { consumer.assignment }

    init(
        _ consumer: Consumer, _ stalls: StallReport, _ places: PlaceFinder, _ context: SourceContext,
        readsCommitted: Bool
    ) {
        self.places = places
        self.consumer = consumer
        self.stalls = stalls
        self.context = context
        self.readsCommitted = readsCommitted
    }

    /// Begins.
    func start() throws(ConnectorError) {
        var thread = pthread_t()
        let keeper = unsafe Unmanaged.passRetained(self)
        guard unsafe pthread_create(&thread, nil, Self.body, keeper.toOpaque()) == 0 else {
            unsafe keeper.release()
            throw .fatal("no thread could be made for a member of a Kafka group")
        }
        self.thread = thread
    }

    /// Leaves the group in order and ends, within about a second.
    ///
    /// - Parameter isAbandoned: Whether the group has gone on without this member, so that there is nothing to leave.
    func end(isAbandoned: Bool = false) {
        self.isAbandoned.store(isAbandoned, ordering: .relaxed)
        isEnding.store(true, ordering: .releasing)
        guard let thread else { return }
        self.thread = nil
        let deadline = WorkerClock.system.monotonic + Self.patience
        let hasEnded = DetachedCall { pthread_join(thread, nil) }.run { WorkerClock.system.monotonic < deadline }
        if !hasEnded { consumer.client.observer.leftBehind() }
    }

    /// An error that was heard of, once.
    func takeTrouble() -> Trouble? { news.withLock { $0.troubles.isEmpty ? nil : $0.troubles.removeFirst() } }

    /// Why waiting is of no use; nil while it may be.
    var hopelessness: ConnectorError? { news.withLock { $0.hopelessness } }

    private static let body: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let keeper = unsafe $0 { unsafe Unmanaged<GroupKeeper>.fromOpaque(keeper).takeRetainedValue().run() }
        return nil
    }

    private func run() {
        while !isEnding.load(ordering: .acquiring), !isForsaken {
            listen(within: .milliseconds(100))
            // A reason that is known goes before the silence that it makes.
            for ask in [places.look, introduce, settle, places.check, lookForHope, stalls.ask] {
                // Who is asked may not answer for a second, which a stop does not have.
                if isOver { break }
                ask()
            }
        }
        leave()
    }

    private var isOver: Bool { context.stop.isRequested || isEnding.load(ordering: .acquiring) }

    private func settle() { places.settle { isOver } }

    private func lookForHope() {
        // Only brokers that answer give partitions.
        if assignment.locked({ assignment.isKnown }) { consumer.client.observer.connected() }
        let hopelessness = consumer.client.hopelessness()
        news.withLock { $0.hopelessness = hopelessness }
    }

    /// Whether the task was asked to end long ago and does not come: others are to have its partitions.
    private var isForsaken: Bool {
        guard context.stop.isRequested else { return false }
        let since = stopSince ?? WorkerClock.system.monotonic
        stopSince = since
        return WorkerClock.system.monotonic - since >= Assignment.patience
    }

    private func listen(within timeout: Duration) {
        if let trouble = consumer.listen(within: timeout) {
            news.withLock { if $0.troubles.count < Self.mostTroubles { $0.troubles.append(trouble) } }
        }
        assignment.locked { unsafe assignment.serve(consumer.client.raw) }
    }

    private func leave() {
        context.group.membership = nil
        defer { assignment.locked { unsafe assignment.close(consumer.client.raw) } }
        guard !isAbandoned.load(ordering: .relaxed) else { return }
        let deadline = WorkerClock.system.monotonic + Self.farewell
        while assignment.locked({ assignment.isOwing }), WorkerClock.system.monotonic < deadline {
            listen(within: .milliseconds(20))
        }
        assignment.locked { unsafe assignment.close(consumer.client.raw) }
        consumer.close(within: min(Self.leave, max(.milliseconds(100), deadline - WorkerClock.system.monotonic)))
    }

    /// Tells the sinks of the group once there is one. Sinks that are asked about partitions know of it then.
    private func introduce() {
        guard !isIntroduced, assignment.locked({ assignment.isKnown }),
            let membership = consumer.membership(readsCommitted: readsCommitted)
        else { return }
        isIntroduced = true
        context.group.membership = membership
        assignment.locked { assignment.isIntroduced = true }
    }
}
