import CPostgres
import ConnectorKit
import Glibc

/// Has the server stop what it does for a session.
///
/// libpq connects for it and waits until the server hangs up, without a limit, so it does so on a thread of its own, which
/// a silent server keeps.
@safe
final class Cancellation: @unchecked Sendable {
    // `@unchecked`: only the thread uses the handle.
    private let handle: OpaquePointer
    private let done = Interruption()

    init?(of session: OpaquePointer) {
        guard let handle = unsafe PQgetCancel(session) else { return nil }
        unsafe self.handle = unsafe handle
    }

    deinit { unsafe PQfreeCancel(handle) }

    /// Sends the request, and waits at most so long for it to be done.
    func request(waiting limit: Duration) {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        guard unsafe pthread_create(&thread, nil, Self.body, context.toOpaque()) == 0 else {
            return unsafe context.release()
        }
        pthread_detach(thread)
        var waits = [pollfd(fd: done.descriptor, events: Int16(POLLIN), revents: 0)]
        _ = unsafe poll(&waits, 1, Int32(clamping: limit.milliseconds))
    }

    private static let body: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let context = unsafe $0 { unsafe Unmanaged<Cancellation>.fromOpaque(context).takeRetainedValue().send() }
        return nil
    }

    private func send() {
        var reason = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(handle, &reason, Int32(reason.count))
        done.request()
    }
}
