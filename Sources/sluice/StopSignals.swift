import Dispatch
import Glibc
import Synchronization

/// Turns the first SIGINT, SIGTERM or SIGHUP into a call, and a second SIGINT or SIGTERM into the end of the process.
///
/// A terminal that goes away often sends several SIGHUPs. One that was ignored from the start, as by `nohup`, stays so.
final class StopSignals: @unchecked Sendable {
    // `@unchecked`: `sources` is set in `init` and read in `end()`, on one thread.
    private let isStopping = Atomic<Bool>(false)
    private var sources: [any DispatchSourceSignal] = []

    /// Calls `stop` on a thread of Dispatch's.
    init(stop: @escaping @Sendable () -> Void) {
        // A sink whose reader went away learns it from write(2).
        signal(SIGPIPE, SIG_IGN)
        let isHangUpIgnored = Self.isIgnored(SIGHUP)
        sources = ([SIGINT, SIGTERM] + (isHangUpIgnored ? [] : [SIGHUP])).map { watch($0, stop) }
    }

    /// Watches no more.
    func end() {
        for source in sources { source.cancel() }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    private func watch(_ number: Int32, _ stop: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { @Sendable [weak self] in self?.received(number, stop) }
        source.activate()
        return source
    }

    private func received(_ number: Int32, _ stop: () -> Void) {
        if !isStopping.exchange(true, ordering: .acquiringAndReleasing) { return stop() }
        if number != SIGHUP { _exit(ExitStatus.failure.rawValue) }
    }
}
