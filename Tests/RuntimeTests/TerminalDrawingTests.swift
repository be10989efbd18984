import Testing

@testable import Runtime

/// A terminal that folds lines, scrolls and knows two movements.
private struct FakeTerminal {
    private(set) var rows: [[Character]] = [[]]
    private var row = 0
    private var column = 0
    var screen: Screen

    init(columns: Int, rows: Int) { screen = Screen(columns: columns, rows: rows) }

    /// Whether the whole screen was cleared, which keeps what stood there in the terminal's history.
    private(set) var clearsAtOnce = false

    var text: [String] { Array(rows.map { String($0) }.reversed().drop { $0.isEmpty }.reversed()) }

    mutating func write(_ text: String) {
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\n": (row, column) = (row + 1, 0)
            case "\r": column = 0
            case "\u{1B}":
                let number = rest.dropFirst().prefix { $0.isNumber }
                let command = rest[number.endIndex]
                rest = rest[number.endIndex...].dropFirst()
                if command == "A" { row = max(row - (Int(number) ?? 1), max(0, rows.count - screen.rows)) }
                if command == "B" { row = min(row + (Int(number) ?? 1), max(rows.count, screen.rows) - 1) }
                if command == "K" && number == "2" { rows[row] = [] }
                if command == "K" && number.isEmpty { rows[row] = Array(rows[row].prefix(column)) }
                clearsAtOnce = clearsAtOnce || command == "J"
            default:
                if column == screen.columns { (row, column) = (row + 1, 0) }
                while rows.count <= row { rows.append([]) }
                while rows[row].count <= column { rows[row].append(" ") }
                rows[row][column] = character
                column += 1
            }
            while rows.count <= row { rows.append([]) }
        }
    }

    /// Folds what is shown as terminals do.
    mutating func resize(columns: Int) {
        rows = rows.flatMap { row in
            row.isEmpty
                ? [row]
                : stride(from: 0, to: row.count, by: columns).map { Array(row[$0..<min($0 + columns, row.count)]) }
        }
        row = rows.count - 1
        screen = Screen(columns: columns, rows: screen.rows)
    }
}

@Suite("Lines drawn over and over")
struct TerminalDrawingTests {
    @Test("leave nothing behind, whatever the user types", arguments: ["", "^C", "^C^C"])
    func erases(typed: String) {
        var terminal = FakeTerminal(columns: 20, rows: 6)
        var drawing = TerminalDrawing()
        terminal.write("$ run\n")
        for round in 0..<3 {
            terminal.write(drawing.draw(["one \(round)", "two \(round)"], on: terminal.screen))
            terminal.write(typed)
        }
        #expect(terminal.text == ["$ run", "one 2", "two 2"] + (typed.isEmpty ? [] : [typed]))
        terminal.write(drawing.erase(on: terminal.screen) + "done\n")
        #expect(terminal.text == ["$ run", "done"])
    }

    @Test("are never more than the screen has rows, nor wider than its columns", arguments: [1, 2, 3, 10])
    func fits(rows: Int) {
        var terminal = FakeTerminal(columns: 10, rows: rows)
        var drawing = TerminalDrawing()
        let lines = (0..<15).map { "line \($0) 日本語日本語" }
        for _ in 0..<4 { terminal.write(drawing.draw(lines, on: terminal.screen)) }
        #expect(terminal.rows.count == rows && !terminal.clearsAtOnce)
        #expect(terminal.text.allSatisfy { $0.cells <= 9 })
    }

    @Test("go when the window is made narrower or wider", arguments: [4, 7, 8, 9, 30])
    func resizes(columns: Int) {
        var terminal = FakeTerminal(columns: 20, rows: 30)
        var drawing = TerminalDrawing()
        terminal.write("$\n" + drawing.draw(["0123456789012345", "0123"], on: terminal.screen))
        terminal.resize(columns: columns)
        terminal.write(drawing.draw(["new"], on: terminal.screen))
        #expect(terminal.text == ["$", "new"])
    }

    @Test("stay when something else has written below them")
    func forgets() {
        var drawing = TerminalDrawing()
        _ = drawing.draw(["one"], on: Screen(columns: 20, rows: 6))
        drawing.forget()
        #expect(drawing.erase(on: Screen(columns: 20, rows: 6)).isEmpty)
    }
}
