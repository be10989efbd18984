import Dispatch
import Glibc
import Synchronization

/// Turns the first SIGINT or SIGTERM into a call, and the second into the end of the process.
final class StopSignals: Sendable {
    private let isStopping = Atomic<Bool>(false)
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    /// Calls `stop` on a thread of Dispatch's.
    init(stop: @escaping @Sendable () -> Void) {
        // A sink whose reader went away learns it from write(2).
        unsafe signal(SIGPIPE, SIG_IGN)
        let watched = [SIGINT, SIGTERM].map { watch($0, stop) }
        sources.withLock { $0 = watched }
    }

    /// Watches no more.
    func end() {
        for source in sources.withLock({ $0 }) { source.cancel() }
    }

    private func watch(_ number: Int32, _ stop: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        unsafe signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { @Sendable [weak self] in self?.received(stop) }
        source.activate()
        return source
    }

    private func received(_ stop: () -> Void) {
        if isStopping.exchange(true, ordering: .acquiringAndReleasing) { _exit(ExitStatus.failure.rawValue) }
        stop()
    }
}
