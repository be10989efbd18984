import Glibc

/// Where a command prints.
struct Terminal: Sendable {
    /// Whether standard error is a terminal, so that lines may be drawn over.
    let isInteractive = isatty(STDERR_FILENO) == 1
    private let hasColors: Bool

    init() {
        let refusal = unsafe getenv("NO_COLOR")
        let isRefused = unsafe refusal.map { unsafe $0.pointee != 0 } ?? false
        hasColors = isatty(STDERR_FILENO) == 1 && !isRefused
    }

    /// Columns of the terminal; 80 when there is none.
    var width: Int {
        var size = winsize()
        let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    /// Prints a result.
    func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Prints something for the operator that is no result.
    func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Draws on standard error as it is.
    func draw(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Prints what went wrong.
    func error(_ message: String) {
        note(hasColors ? "\u{1B}[1;31merror:\u{1B}[0m \(message)" : "error: \(message)")
    }

    private func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
