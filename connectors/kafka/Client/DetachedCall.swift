import CRdKafka
import Glibc

/// A call of librdkafka on a thread of its own, which a task can stop waiting for.
///
/// `rd_kafka_send_offsets_to_transaction` heeds no time limit while the group's coordinator is looked for, and may not return
/// before a connection changes (confluentinc/librdkafka issue 5456). A call that is left behind keeps what it uses, its client
/// above all, and counts among what ``ClientEnd`` leaves behind until it returns.
@safe
final class DetachedCall: @unchecked Sendable {
    // `@unchecked`: the thread alone uses everything but `done` until it has written to that.
    private let body: () -> Void
    private let done = eventfd(0, Int32(EFD_CLOEXEC))

    /// - Parameter body: Keeps everything that the call uses, and what came of it.
    init(_ body: @escaping () -> Void) { self.body = body }

    deinit { close(done) }

    /// Makes the call, and waits for it in turns of 50 ms for as long as `isAwaited` says.
    ///
    /// - Returns: Whether it has returned; otherwise it is left behind.
    func run(while isAwaited: () -> Bool) -> Bool {
        var thread = pthread_t()
        let call = unsafe Unmanaged.passRetained(self)
        ClientEnd.begun()
        guard unsafe pthread_create(&thread, nil, Self.main, call.toOpaque()) == 0 else {
            unsafe call.release()
            finish()
            return true
        }
        pthread_detach(thread)
        var waits = [pollfd(fd: done, events: Int16(POLLIN), revents: 0)]
        while unsafe poll(&waits, 1, 50) == 0 {
            if !isAwaited() { return false }
        }
        return true
    }

    private static let main: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let call = unsafe $0 { unsafe Unmanaged<DetachedCall>.fromOpaque(call).takeRetainedValue().finish() }
        return nil
    }

    private func finish() {
        body()
        ClientEnd.returned()
        eventfd_write(done, 1)
    }
}
