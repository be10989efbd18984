import CRdKafka
import ConnectorKit
import Glibc
import Synchronization

/// A call of librdkafka on a thread of its own, which a task can stop waiting for.
///
/// Some calls heed no time limit, such as `rd_kafka_send_offsets_to_transaction` while the group's coordinator is looked for
/// (confluentinc/librdkafka issue 5456). One that is left behind keeps what it uses, its client above all.
@safe
final class DetachedCall: @unchecked Sendable {
    // `@unchecked`: the thread alone uses `body`.
    private let body: () -> Void
    private let done = eventfd(0, Int32(EFD_CLOEXEC))

    /// With so many left behind no new client is made, which bounds the memory and threads that they hold.
    private static let most = 16
    private static let leftBehind = Atomic<Int>(0)

    private enum Progress { case awaited, leftBehind, returned }
    private let progress = Mutex(Progress.awaited)

    /// - Parameter body: Keeps everything that the call uses, and what came of it.
    init(_ body: @escaping () -> Void) { self.body = body }

    deinit { close(done) }

    /// Makes sure that there is room for one more client beside the calls left behind.
    static func admit(beside others: Int = leftBehind.load(ordering: .relaxed)) throws(ConnectorError) {
        guard others >= most else { return }
        throw .restartable(
            "librdkafka has not returned from \(most) calls of earlier starts, so no further client is made until it does; "
                + "restart the worker when this lasts, and see to a newer librdkafka (library.path)")
    }

    /// Makes the call, and waits for it in turns of 50 ms for as long as `isAwaited` says.
    ///
    /// - Returns: Whether it has returned; otherwise it is left behind.
    func run(while isAwaited: () -> Bool) -> Bool {
        var thread = pthread_t()
        let call = unsafe Unmanaged.passRetained(self)
        guard unsafe pthread_create(&thread, nil, Self.main, call.toOpaque()) == 0 else {
            unsafe call.release()
            finish()
            return true
        }
        pthread_detach(thread)
        var waits = [pollfd(fd: done, events: Int16(POLLIN), revents: 0)]
        // A signal ends a turn early.
        while unsafe poll(&waits, 1, 50) <= 0 {
            if !isAwaited() { return !isLeftBehind() }
        }
        return true
    }

    private static let main: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let call = unsafe $0 { unsafe Unmanaged<DetachedCall>.fromOpaque(call).takeRetainedValue().finish() }
        return nil
    }

    /// False when it has returned at the last moment.
    private func isLeftBehind() -> Bool {
        progress.withLock { progress in
            if progress == .returned { return false }
            progress = .leftBehind
            Self.leftBehind.wrappingAdd(1, ordering: .relaxed)
            return true
        }
    }

    private func finish() {
        body()
        progress.withLock { progress in
            if progress == .leftBehind { Self.leftBehind.wrappingSubtract(1, ordering: .relaxed) }
            progress = .returned
        }
        eventfd_write(done, 1)
    }
}
