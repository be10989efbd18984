import CPostgres
import Glibc

/// Ends the waits of a connection from another thread, for good.
final class Interruption: Sendable {
    /// Readable once it is requested; -1 when the system has none left, and then waits go on to their time limit.
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC))

    deinit { close(descriptor) }

    /// Ends the wait of now and those to come.
    func request() { eventfd_write(descriptor, 1) }
}
