import CRdKafka
import Glibc
import Synchronization

/// Ends librdkafka clients on threads of their own.
///
/// librdkafka waits for what it has under way without a limit, as for a name that is looked up, and its 2.0 without end once a
/// topic was deleted. A task does not wait long for that: the thread is left behind, and ends when librdkafka does.
@safe
final class ClientEnd: @unchecked Sendable {
    // `@unchecked`: only the thread uses the client and its companions.
    private let client: OpaquePointer
    private let companions: [AnyObject]
    private let done = eventfd(0, Int32(EFD_CLOEXEC))

    /// How many may be left behind at a time; the next one is waited for, however long it takes.
    private static let most = 16
    private static let underWay = Atomic<Int>(0)

    /// - Parameter companions: What librdkafka may use until the client is gone.
    init(of client: OpaquePointer, keeping companions: [AnyObject]) {
        unsafe self.client = unsafe client
        self.companions = companions
    }

    deinit { close(done) }

    /// Ends the client; false when it was left behind.
    func run() -> Bool {
        let others = Self.underWay.wrappingAdd(1, ordering: .relaxed).oldValue
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        guard unsafe pthread_create(&thread, nil, Self.body, context.toOpaque()) == 0 else {
            unsafe context.release()
            end()
            return true
        }
        pthread_detach(thread)
        var waits = [pollfd(fd: done, events: Int16(POLLIN), revents: 0)]
        return unsafe poll(&waits, 1, others < Self.most ? 500 : -1) > 0
    }

    private static let body: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let context = unsafe $0 { unsafe Unmanaged<ClientEnd>.fromOpaque(context).takeRetainedValue().end() }
        return nil
    }

    private func end() {
        unsafe rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        Self.underWay.wrappingSubtract(1, ordering: .relaxed)
        eventfd_write(done, 1)
    }
}
