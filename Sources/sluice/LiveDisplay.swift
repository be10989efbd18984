import ConnectorKit
import Runtime
import Synchronization

/// Draws one line for each pipeline under the log, on a terminal.
final class LiveDisplay: Sendable {
    private struct State {
        var view = LiveView()
        var pipelines: [PipelineStatus] = []
        var drawn = 0
    }

    private static let interval = Duration.milliseconds(250)

    private let terminal: Terminal
    private let isDrawn: Bool
    private let state = Mutex(State())

    init(_ terminal: Terminal, isDrawn: Bool) {
        self.terminal = terminal
        self.isDrawn = isDrawn
    }

    /// Writes a line of the log above the drawing; from any thread.
    var log: @Sendable (String) -> Void {
        { line in
            self.state.withLock { state in
                self.terminal.draw(self.erasure(&state) + line + "\n")
                self.redraw(&state)
            }
        }
    }

    /// Keeps the lines current while `body` runs, and takes them away at its end.
    func showing<Result: Sendable>(
        _ pipelines: [PipelineStatus], while body: () async -> Result
    ) async -> Result {
        guard isDrawn else { return await body() }
        state.withLock { $0.pipelines = pipelines }
        let drawing = Task {
            while !Task.isCancelled {
                state.withLock { redraw(&$0) }
                try await Task.sleep(for: Self.interval)
            }
        }
        let result = await body()
        drawing.cancel()
        state.withLock { state in
            terminal.draw(erasure(&state))
            state.pipelines = []
        }
        return result
    }

    private func redraw(_ state: inout State) {
        if state.pipelines.isEmpty { return }
        let old = erasure(&state)
        let lines = state.view.lines(state.pipelines, at: WorkerClock.system.monotonic, width: terminal.width - 1)
        terminal.draw(old + lines.map { $0 + "\n" }.joined())
        state.drawn = lines.count
    }

    /// Moves up over what was drawn and clears to the end of the screen.
    private func erasure(_ state: inout State) -> String {
        defer { state.drawn = 0 }
        return state.drawn > 0 ? "\u{1B}[\(state.drawn)A\u{1B}[J" : ""
    }
}
