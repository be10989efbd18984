import Testing

@testable import Runtime

@Suite("The live view")
struct LiveViewTests {
    @Test(
        "thousands stand apart",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ])
    func groups(number: Int, text: String) {
        #expect(grouped(number) == text)
    }

    static func reading(
        _ name: String, _ state: TaskStatus.State = .running, read: Int = 0, delivered: Int = 0, progress: Double? = nil
    ) -> PipelineReading {
        var totals = PipelineTotals()
        totals.read = read
        totals.delivered = delivered
        return PipelineReading(name: name, state: state, totals: totals, progress: progress, lag: nil)
    }

    @Test("Name, state, percent and rate come first")
    func order() {
        var view = LiveView()
        let screen = Screen(columns: 80, rows: 10)
        _ = view.lines([Self.reading("users", read: 0, progress: 0)], at: .seconds(1), on: screen)
        let lines = view.lines([Self.reading("users", read: 3000, progress: 0.5)], at: .seconds(3), on: screen)
        #expect(lines == ["users  RUNNING     █████░░░░░  50 %  1,500/s  in 3,000  out 0  filtered 0"])
    }

    @Test("A counter that goes back is no negative rate")
    func backwards() {
        var view = LiveView()
        let screen = Screen(columns: 80, rows: 10)
        _ = view.lines([Self.reading("a", read: 500)], at: .seconds(1), on: screen)
        #expect(view.lines([Self.reading("a", read: 100)], at: .seconds(2), on: screen)[0].contains("  0/s  "))
    }

    @Test(
        "There are fewer lines than rows, and those that need eyes are shown",
        arguments: [(1, 0), (2, 1), (3, 2), (10, 9), (15, 14), (16, 15), (50, 15)])
    func rows(rows: Int, count: Int) {
        var view = LiveView()
        let pipelines = (0..<15).map { Self.reading("p\($0)", $0 == 12 ? .failed : $0 < 4 ? .done : .running) }
        let lines = view.lines(pipelines, at: .seconds(1), on: Screen(columns: 80, rows: rows))
        #expect(lines.count == count)
        if rows > 2 { #expect(lines.contains { $0.hasPrefix("p12") && $0.contains("FAILED") }) }
        if rows == 2 { #expect(lines == ["15 1 FAILED, 10 RUNNING, 4 DONE"]) }
        if rows == 10 { #expect(lines.last == "7 more: 3 RUNNING, 4 DONE") }
    }

    @Test(
        "Text is measured in cells",
        arguments: [
            ("plain", 5), ("データ", 6), ("e\u{301}té", 3), ("👍", 2), ("a\u{200D}b", 2), ("", 0),
        ])
    func cells(text: String, cells: Int) {
        #expect(text.cells == cells)
        for width in 1...8 {
            #expect(text.fitted(toCells: width).cells == width)
            #expect(text.cut(toCells: width).cells <= width)
        }
    }

    @Test("Names of wide characters stand in the same column, and nothing in them moves the cursor")
    func wide() {
        var view = LiveView()
        let names = ["日本語", "plain", "a\u{1B}[2Jb"]
        let lines = view.lines(
            names.map { Self.reading($0) }, at: .seconds(1), on: Screen(columns: 80, rows: 10))
        for line in lines {
            let start = line.firstRange(of: "RUNNING").map { String(line[..<$0.lowerBound]).cells }
            #expect(start == 8 && !line.contains("\u{1B}"))
        }
    }
}
