import Synchronization

/// Says that a call is to return soon; set once, seen from any thread.
///
/// What it means to a connector is said by ``SourceContext/stop`` and ``SinkContext/stop``.
public final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var handlers: [Int: @Sendable () -> Void] = [:]
        var nextHandler = 0
    }

    private let requested = Atomic<Bool>(false)
    private let state = Mutex(State())

    /// A signal that is not set.
    public init() {}

    /// Whether it is set.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Sets the signal and runs the handlers, the first time only.
    public func request() {
        let handlers = state.withLock { state in
            state.isRequested = true
            requested.store(true, ordering: .releasing)
            defer { state.handlers = [:] }
            return state.handlers.sorted { $0.key < $1.key }.map(\.value)
        }
        for handler in handlers { handler() }
    }

    /// Runs `handler` when the signal is set, on the thread that sets it, or now when it is set already.
    ///
    /// For interrupting a call that blocks: the handler must itself return at once.
    ///
    /// - Returns: Names the handler for ``forget(_:)``; a handler that lives as long as the task need not be forgotten.
    @discardableResult
    public func onRequest(_ handler: @escaping @Sendable () -> Void) -> Int {
        let (number, isLate) = state.withLock { state in
            state.nextHandler += 1
            if !state.isRequested { state.handlers[state.nextHandler] = handler }
            return (state.nextHandler, state.isRequested)
        }
        if isLate { handler() }
        return number
    }

    /// Drops a handler that ``onRequest(_:)`` named.
    public func forget(_ handler: Int) {
        state.withLock { _ = $0.handlers.removeValue(forKey: handler) }
    }
}
