import CRdKafka
import ConnectorKit
import Glibc

/// The end of a librdkafka client, for which a task does not wait long.
///
/// librdkafka waits for what it has under way without a limit, as for a name that is looked up, and its 2.0 without end once a
/// topic was deleted. So the end is a detached call. A member that is still leaving its group does so there, so that the group
/// need not miss it first.
@safe
final class ClientEnd {
    private let client: OpaquePointer
    private let companions: [AnyObject]
    private let leaving: OpaquePointer?
    private let join: JoinWatch?

    /// How long one is waited for before it is left behind.
    private static let patience = Duration.milliseconds(300)
    /// How long one that is left behind goes on leaving its group.
    private static let leave = Duration.seconds(5)

    /// - Parameters:
    ///   - companions: What librdkafka may use until the client is gone.
    ///   - leaving: The queue that serves a consumer while it leaves its group, to be destroyed; nil when it does not.
    ///   - join: A consumer's, which says whether librdkafka is able to end it.
    init(of client: OpaquePointer, keeping companions: [AnyObject], leaving: OpaquePointer?, _ join: JoinWatch?) {
        unsafe self.client = unsafe client
        unsafe self.leaving = unsafe leaving
        self.companions = companions
        self.join = join
    }

    /// Ends the client; false when it was left behind.
    func run() -> Bool {
        let end = WorkerClock.system.monotonic + Self.patience
        return DetachedCall { self.end() }.run { WorkerClock.system.monotonic < end }
    }

    private func end() {
        if let queue = unsafe leaving {
            unsafe Self.serve(queue, of: client, within: Self.leave)
            unsafe rd_kafka_queue_destroy(queue)
        }
        // Then it stays, with all that its threads use, as a call that never returns.
        while join?.mayEnd() == false { pause() }
        unsafe rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// Serves a consumer that is leaving its group until it has left, at most `timeout`.
    static func serve(_ queue: OpaquePointer, of client: OpaquePointer, within timeout: Duration) {
        let deadline = WorkerClock.system.monotonic + timeout
        while unsafe rd_kafka_consumer_closed(client) == 0, WorkerClock.system.monotonic < deadline {
            unsafe _ = rd_kafka_queue_poll_callback(queue, 20)
        }
    }
}
