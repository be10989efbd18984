import Glibc
import Runtime

/// Where a command prints.
struct Terminal: Sendable {
    /// Whether standard error is a terminal that lines may be drawn over on.
    let isInteractive: Bool
    private let hasColors: Bool

    init() {
        isInteractive = isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(Self.environment("TERM"))
        hasColors = isInteractive && Self.environment("NO_COLOR").isEmpty
    }

    /// The terminal's size; 80 by 24 where that is not known.
    var screen: Screen {
        var size = winsize()
        let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        return isKnown ? Screen(columns: Int(size.ws_col), rows: Int(size.ws_row)) : Screen(columns: 80, rows: 24)
    }

    /// Whether this process may draw now: in the background another one has the terminal.
    var isInForeground: Bool {
        let group = tcgetpgrp(STDERR_FILENO)
        return group < 0 || group == getpgrp()
    }

    private static func environment(_ name: String) -> String {
        unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
    }

    /// Prints a result.
    func print(_ text: String) { writeAll(text + "\n", to: STDOUT_FILENO) }

    /// Prints something for the operator that is no result.
    func note(_ text: String) { writeAll(text.escapingControls(keepsLines: true) + "\n", to: STDERR_FILENO) }

    /// Draws on standard error as it is.
    func draw(_ text: String) { writeAll(text, to: STDERR_FILENO) }

    /// Prints what went wrong.
    func error(_ message: String) {
        if hasColors { draw("\u{1B}[1;31merror:\u{1B}[0m ") }
        note(hasColors ? message : "error: \(message)")
    }
}
