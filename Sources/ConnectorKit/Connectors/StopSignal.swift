internal import Synchronization

/// Says that a task is to end; set once, seen from any thread.
public final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var handlers: [@Sendable () -> Void] = []
    }

    private let requested = Atomic<Bool>(false)
    private let state = Mutex(State())

    /// A signal that is not set.
    public init() {}

    /// Whether the task is to end.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Sets the signal and runs the handlers, the first time only.
    public func request() {
        let handlers = state.withLock { state in
            state.isRequested = true
            defer { state.handlers = [] }
            return state.handlers
        }
        requested.store(true, ordering: .releasing)
        for handler in handlers { handler() }
    }

    /// Runs `handler` when the signal is set, on the thread that sets it, or now when it is set already.
    ///
    /// For interrupting a call that blocks: the handler must itself return at once.
    public func onRequest(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isRequested { state.handlers.append(handler) }
            return state.isRequested
        }
        if isLate { handler() }
    }
}
