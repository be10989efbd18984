internal import Synchronization

/// Settles between a task and who watches it whether its start is done or was given up.
final class StartGate: Sendable {
    private enum State { case open, passed, closed }

    private let state = Mutex(State.open)

    /// The start is done; false when it was given up before.
    func pass() -> Bool { settle(as: .passed) }

    /// Gives the start up; false when it was done before.
    func close() -> Bool { settle(as: .closed) }

    private func settle(as end: State) -> Bool {
        state.withLock { state in
            if state == .open { state = end }
            return state == end
        }
    }
}
