import CRdKafka
import ConnectorKit
import Glibc
import Synchronization

/// Ends librdkafka clients on threads of their own.
///
/// librdkafka waits for what it has under way without a limit, as for a name that is looked up, and its 2.0 without end once a
/// topic was deleted. A task does not wait long for that: the thread is left behind, and ends when librdkafka does. A member
/// that is still leaving its group does so there, so that the group need not miss it first.
@safe
final class ClientEnd: @unchecked Sendable {
    // `@unchecked`: only the thread uses the client and its companions.
    private let client: OpaquePointer
    private let companions: [AnyObject]
    private let leaving: OpaquePointer?
    private let join: JoinWatch?
    private let done = eventfd(0, Int32(EFD_CLOEXEC))

    /// With so many left behind no new client is made, which bounds the memory and threads that they hold.
    private static let most = 16
    /// How long one is waited for before it is left behind.
    private static let patience: Int32 = 300
    /// How long one that is left behind goes on leaving its group.
    private static let leave = Duration.seconds(5)
    private static let underWay = Atomic<Int>(0)

    /// - Parameters:
    ///   - companions: What librdkafka may use until the client is gone.
    ///   - leaving: The queue that serves a consumer while it leaves its group, to be destroyed; nil when it does not.
    ///   - join: A consumer's, which says whether librdkafka is able to end it.
    init(of client: OpaquePointer, keeping companions: [AnyObject], leaving: OpaquePointer?, _ join: JoinWatch?) {
        unsafe self.client = unsafe client
        self.join = join
        unsafe self.leaving = unsafe leaving
        self.companions = companions
    }

    deinit { close(done) }

    /// Makes sure that there is room for one more client beside those that are being ended.
    static func admit(beside others: Int = underWay.load(ordering: .relaxed)) throws(ConnectorError) {
        guard others >= most else { return }
        throw .restartable(
            "librdkafka has not ended \(most) clients of earlier starts, so no further one is made until it ends one; restart "
                + "the worker when this lasts, and see to a newer librdkafka (library.path)")
    }

    /// Counts something that uses a client and may be left behind.
    static func begun() { underWay.wrappingAdd(1, ordering: .relaxed) }

    /// It has come to its end.
    static func returned() { underWay.wrappingSubtract(1, ordering: .relaxed) }

    /// Ends the client; false when it was left behind.
    func run() -> Bool {
        Self.begun()
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        guard unsafe pthread_create(&thread, nil, Self.body, context.toOpaque()) == 0 else {
            unsafe context.release()
            end()
            return true
        }
        pthread_detach(thread)
        var waits = [pollfd(fd: done, events: Int16(POLLIN), revents: 0)]
        return unsafe poll(&waits, 1, Self.patience) > 0
    }

    private static let body: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let context = unsafe $0 { unsafe Unmanaged<ClientEnd>.fromOpaque(context).takeRetainedValue().end() }
        return nil
    }

    private func end() {
        if let queue = unsafe leaving { unsafe leave(queue) }
        if join?.mayEnd() == false {
            // Left behind for good, with all that its threads use.
            unsafe _ = Unmanaged.passRetained(self)
            return
        }
        unsafe rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        Self.returned()
        eventfd_write(done, 1)
    }

    private func leave(_ queue: OpaquePointer) {
        unsafe Self.serve(queue, of: client, within: Self.leave)
        unsafe rd_kafka_queue_destroy(queue)
    }

    /// Serves a consumer that is leaving its group until it has left, at most `timeout`.
    static func serve(_ queue: OpaquePointer, of client: OpaquePointer, within timeout: Duration) {
        let deadline = WorkerClock.system.monotonic + timeout
        while unsafe rd_kafka_consumer_closed(client) == 0, WorkerClock.system.monotonic < deadline {
            unsafe _ = rd_kafka_queue_poll_callback(queue, 20)
        }
    }
}
