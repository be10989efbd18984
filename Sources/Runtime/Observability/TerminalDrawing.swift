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
        return Self.clearing(min(rows, screen.rows - 1))
    }

    /// Draws lines in the place of those before, as many as fit.
    public mutating func draw(_ lines: [String], on screen: Screen) -> String {
        let fitting = lines.prefix(screen.rows - 1).map { $0.cut(toCells: screen.columns - 1) }
        let isAsBefore = fitting.count == drawn.count && drawn.allSatisfy { $0 < screen.columns }
        let start = isAsBefore ? Self.start(of: drawn.count) : erase(on: screen)
        drawn = fitting.map(\.cells)
        return start + fitting.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[K"
    }

    /// To the first of the rows above the cursor, which the terminal's own ^C may have moved.
    private static func start(of rows: Int) -> String { "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") }

    /// Row by row: terminals keep a screen that is cleared at once among what was scrolled away.
    private static func clearing(_ rows: Int) -> String {
        start(of: rows) + String(repeating: "\u{1B}[2K\u{1B}[B", count: rows) + "\u{1B}[2K" + start(of: rows)
    }

    /// Leaves what was drawn where it is: something else has written since.
    public mutating func forget() { drawn = [] }
}
