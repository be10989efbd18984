import Dispatch
import Glibc
import Synchronization

/// Turns the first SIGINT or SIGTERM into a call, and the second into the end of the process.
final class StopSignals: @unchecked Sendable {
    // `@unchecked`: `sources` is set in `init` and read in `end()`, on one thread.
    private let isStopping = Atomic<Bool>(false)
    private var sources: [any DispatchSourceSignal] = []

    /// Calls `stop` on a thread of Dispatch's.
    init(stop: @escaping @Sendable () -> Void) {
        // A sink whose reader went away learns it from write(2).
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGINT, SIGTERM].map { watch($0, stop) }
    }

    /// Watches no more.
    func end() {
        for source in sources { source.cancel() }
    }

    private func watch(_ number: Int32, _ stop: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
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
