/// Turns a pattern into its automaton: Thompson's construction, then the subset construction over columns of
/// characters that no part of the pattern tells apart.
struct AutomatonBuilder {
    /// Patterns with more steps than this are refused.
    static let maximumSteps = 20_000
    /// Patterns whose table would have more entries than this are refused: 128 KiB, which fits a processor's cache.
    static let maximumTable = 1 << 16
    /// Patterns that take more visits of a step than this to build are refused, so that building ends within a second.
    static let maximumVisits = 2_000_000

    private static let tooComplex = PatternError(
        message: "too many texts have to be told apart; lower its counts in braces or make it simpler")

    private enum Step {
        case character(ScalarSet, next: Int)
        case split(Int, Int)
        case accept
    }

    private var steps: [Step] = [.accept]
    private var columnStarts: [UInt32] = [0]
    private var numbers: [[Int]: UInt16] = [[]: PatternAutomaton.dead]
    private var sets: [[Int]] = [[]]
    private var table: [UInt16] = []
    private var visits = 0

    static func build(_ node: PatternNode) throws(PatternError) -> PatternAutomaton {
        var builder = AutomatonBuilder()
        let first = try builder.add(node, next: 0)
        builder.cutColumns()
        let start = try builder.number(of: try builder.closure([first]))
        try builder.fillTable()
        return PatternAutomaton(
            columnStarts: builder.columnStarts, asciiColumns: builder.asciiColumns, table: builder.table,
            isAccepting: builder.sets.map { $0.contains(0) }, start: start)
    }

    private mutating func add(_ step: Step) throws(PatternError) -> Int {
        guard steps.count < Self.maximumSteps else {
            throw PatternError(message: "the pattern is too long; lower its counts in braces or shorten it")
        }
        steps.append(step)
        return steps.count - 1
    }

    /// Adds the steps of `node`, which lead on to `next`; returns the first of them.
    private mutating func add(_ node: PatternNode, next: Int) throws(PatternError) -> Int {
        switch node {
        case .character(let set): return try add(.character(set, next: next))
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try add(part, next: next) }
            return next
        case .alternatives(let branches):
            var first: Int?
            for branch in branches.reversed() {
                let start = try add(branch, next: next)
                first = if let other = first { try add(.split(start, other)) } else { start }
            }
            return first ?? next
        case .repetition(let part, let least, let most):
            return try add(repeating: part, least: least, most: most, next: next)
        }
    }

    private mutating func add(
        repeating part: PatternNode, least: Int, most: Int?, next: Int
    ) throws(PatternError) -> Int {
        var first = next
        if let most {
            for _ in least..<most { first = try add(.split(try add(part, next: first), next)) }
        } else {
            first = try add(.split(next, next))
            steps[first] = .split(try add(part, next: first), next)
        }
        for _ in 0..<least { first = try add(part, next: first) }
        return first
    }

    private mutating func cutColumns() {
        var cuts: Set<UInt32> = [0]
        for case .character(let set, _) in steps {
            for range in set.ranges {
                cuts.insert(range.lowerBound)
                if range.upperBound < ScalarSet.everything.upperBound { cuts.insert(range.upperBound + 1) }
            }
        }
        columnStarts = cuts.sorted()
    }

    private var asciiColumns: [UInt16] {
        (0..<128).map { value in UInt16(columnStarts.count { $0 <= value } - 1) }
    }

    /// The character steps, and the accepting one, that can be reached without reading anything; sorted.
    private mutating func closure(_ roots: [Int]) throws(PatternError) -> [Int] {
        var seen = Set<Int>()
        var pending = roots
        var reached: [Int] = []
        while let index = pending.popLast() {
            guard seen.insert(index).inserted else { continue }
            visits += 1
            guard visits < Self.maximumVisits else { throw Self.tooComplex }
            if case .split(let one, let other) = steps[index] {
                pending += [one, other]
            } else {
                reached.append(index)
            }
        }
        return reached.sorted()
    }

    private mutating func number(of set: [Int]) throws(PatternError) -> UInt16 {
        if let number = numbers[set] { return number }
        guard sets.count * columnStarts.count < Self.maximumTable, let number = UInt16(exactly: sets.count) else {
            throw Self.tooComplex
        }
        numbers[set] = number
        sets.append(set)
        return number
    }

    private mutating func fillTable() throws(PatternError) {
        var state = 0
        while state < sets.count {
            for value in columnStarts {
                table.append(try number(of: try closure(successors(of: sets[state], on: value))))
            }
            state += 1
        }
    }

    private func successors(of set: [Int], on value: UInt32) -> [Int] {
        set.compactMap { index in
            if case .character(let characters, let next) = steps[index], characters.contains(value) {
                next
            } else {
                nil
            }
        }
    }
}
