import ConnectorKit
import Dispatch
import Glibc
import Runtime
import Synchronization

/// Draws the live view under the log, on a terminal.
final class LiveDisplay: Sendable {
    private struct State {
        var view = LiveView()
        var pipelines: [PipelineStatus] = []
        var drawing = TerminalDrawing()
    }

    private static let interval = Duration.milliseconds(250)

    /// Whether anything is drawn at all.
    let isDrawn: Bool
    private let terminal: Terminal
    private let state = Mutex(State())

    init(_ terminal: Terminal, isDrawn: Bool) {
        self.terminal = terminal
        self.isDrawn = isDrawn
    }

    /// Writes a line of the log above the drawing; from any thread.
    var log: @Sendable (String) -> Void {
        { line in
            self.state.withLock { state in
                self.terminal.draw(state.drawing.erase(on: self.terminal.screen) + line + "\n")
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
        let signals = [watch(SIGWINCH) { _ in }, watch(SIGCONT) { $0.drawing.forget() }]
        let drawing = Task {
            while !Task.isCancelled {
                state.withLock { redraw(&$0) }
                try await Task.sleep(for: Self.interval)
            }
        }
        let result = await body()
        drawing.cancel()
        for signal in signals { signal.cancel() }
        state.withLock { state in
            terminal.draw(state.drawing.erase(on: terminal.screen))
            state.pipelines = []
        }
        return result
    }

    /// Draws anew when the window changes, or the shell gives the terminal back.
    private func watch(_ number: Int32, _ change: @escaping @Sendable (inout State) -> Void) -> any DispatchSourceSignal
    {
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { @Sendable [weak self] in
            guard let self else { return }
            state.withLock { state in
                change(&state)
                self.redraw(&state)
            }
        }
        source.activate()
        return source
    }

    private func redraw(_ state: inout State) {
        if state.pipelines.isEmpty || !terminal.isInForeground { return }
        let screen = terminal.screen
        let lines = state.view.lines(
            state.pipelines.map(\.reading), at: WorkerClock.system.monotonic, on: screen)
        terminal.draw(state.drawing.draw(lines, on: screen))
    }
}
