/// The size of a terminal.
public struct Screen: Sendable, Equatable {
    /// Cells in a row.
    public let columns: Int
    /// Rows.
    public let rows: Int

    /// Both at least 1.
    public init(columns: Int, rows: Int) {
        self.columns = max(1, columns)
        self.rows = max(1, rows)
    }
}

/// Lines at the end of what a terminal shows, drawn over again and again; says what to write and writes nothing.
///
/// The cursor waits in the row below the lines.
public struct TerminalDrawing: Sendable {
    private var drawn: [Int] = []

    /// Nothing is drawn.
    public init() {}

    /// Takes away what was drawn, on a screen that may have another size since.
    public mutating func erase(on screen: Screen) -> String {
        defer { drawn = [] }
        if drawn.isEmpty { return "" }
        // A terminal that got narrower has folded the lines, and one that got lower has scrolled the first ones away.
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + screen.columns - 1) / screen.columns) }
        let up = min(rows, screen.rows - 1)
        // The terminal's own ^C stands before the cursor.
        return "\r" + (up > 0 ? "\u{1B}[\(up)A" : "") + "\u{1B}[J"
    }

    /// Draws lines in the place of those before, as many as fit.
    public mutating func draw(_ lines: [String], on screen: Screen) -> String {
        let old = erase(on: screen)
        let fitting = lines.prefix(screen.rows - 1).map { $0.cut(toCells: screen.columns - 1) }
        drawn = fitting.map(\.cells)
        return old + fitting.map { $0 + "\n" }.joined()
    }

    /// Leaves what was drawn where it is: something else has written since.
    public mutating func forget() { drawn = [] }
}
