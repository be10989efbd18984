import Testing

@testable import TestSupport

@Suite("The judge of the fault harness")
struct FaultJudgeTests {
    /// A record of partition 0, produced at its number of milliseconds.
    private static func line(_ number: Int, key: String = "k", lane: Int = 0, written: Int? = nil) -> Substring {
        "\(lane)|\(number)|\(key)|\(number)|0|\(number)\(written.map { "|\($0)" } ?? "")"[...]
    }

    private static func lines(_ numbers: [Int]) -> [Substring] { numbers.map { line($0) } }

    @Test(
        "counts what is missing, doubled and out of order",
        arguments: [
            ([0, 1, 2], [], [], 0), ([0, 2], [1], [], 0), ([0, 1, 1, 2], [], [1], 0),
            // What comes again may come late; what comes first may not.
            ([0, 1, 2, 0, 1], [], [0, 1], 0), ([0, 2, 1], [], [], 1), ([], [0, 1, 2], [], 0),
        ] as [([Int], [Int], [Int], Int)])
    func counts(_ numbers: [Int], _ missing: [Int], _ doubled: [Int], _ disordered: Int) {
        let records = FaultRecords(Self.lines(numbers), produced: 3)
        #expect(records.missing == missing && records.doubled == doubled)
        #expect(records.disordered == disordered && records.foreign == 0)
    }

    @Test("order is that of a key in a lane")
    func lanes() {
        let other = FaultRecords([Self.line(1), Self.line(0, key: "other")], produced: 2)
        #expect(other.disordered == 0)
        let elsewhere = FaultRecords([Self.line(1), Self.line(0, lane: 1)], produced: 2)
        #expect(elsewhere.disordered == 0)
    }

    @Test(
        "lines that are no record, and records that nobody produced, are foreign", arguments: ["", "x", "0|7|k|7|0|7"])
    func foreign(_ line: String) {
        let records = FaultRecords([Self.line(0), line[...]], produced: 1)
        #expect(records.foreign == 1 && records.missing.isEmpty)
    }

    @Test("the longest piece of stream that came twice is told, pieces a second apart being two")
    func spans() {
        let once = Array(0..<5000)
        #expect(FaultRecords(Self.lines(once), produced: 5000).repeatedSpan == 0)
        let twice = once + Array(100..<400) + Array(3000..<3700)
        #expect(FaultRecords(Self.lines(twice), produced: 5000).repeatedSpan == 699)
    }

    @Test("a partition pauses for as long as nothing of it is written")
    func pauses() {
        let lines = [0, 100, 2100, 2200].enumerated().map { Self.line($0, written: $1) }
        #expect(FaultRecords(lines, produced: 4).pauses() == [2000])
        #expect(FaultRecords(lines, produced: 4).pauses(before: 2100) == [100])
    }

    @Test(
        "a group's offsets may stand and go on, and not go back",
        arguments: [
            ([], 0), ([#"{"0": -1001, "1": 5}"#, #"{"0": 3, "1": 5}"#, #"{"0": 9, "1": -1001}"#], 0),
            ([#"{"0": 9355}"#, #"{"0": 5162}"#, #"{"0": 9000}"#], 4193),
        ] as [([String], Int)])
    func offsets(_ lines: [String], _ back: Int) throws {
        #expect(try GroupOffsets.wayBack(lines.map { $0[...] }) == back)
    }

    @Test("a verdict fails by what is missing, and by what is doubled where nothing may be")
    func verdicts() throws {
        let scenario = try #require(FaultScenario.named("kill-member")?.cases.first)
        var findings = FaultFindings(records: FaultRecords(Self.lines([0, 1, 1]), produced: 2))
        #expect(findings.verdict(scenario, seed: 7).line.hasPrefix("FAIL kill-member/postgres/system seed=7 records=0"))
        findings.isExact = false
        #expect(findings.verdict(scenario, seed: 7).passes)
        findings.faults = ["member 0 did not stop"]
        #expect(findings.verdict(scenario, seed: 7).line.hasSuffix(": member 0 did not stop"))
    }

    @Test("where nothing fails, workers have little to warn of", arguments: [0, 6, 7, 100])
    func complaints(_ count: Int) throws {
        let scenario = try #require(FaultScenario.named("join-leave")?.cases.first)
        var findings = FaultFindings(records: FaultRecords(Self.lines([0, 1]), produced: 2))
        findings.complaints = Array(repeating: "WARNING of nothing", count: count)
        #expect(findings.verdict(scenario, seed: 7).passes == (count <= 6))
    }

    @Test("the same seed gives the same steps, another one others", arguments: FaultScenario.all)
    func seeds(_ scenario: FaultScenario) {
        func steps(_ seed: UInt64) -> [FaultStep] {
            var random = SplitMix(seed: seed)
            return scenario.steps(&random)
        }
        #expect(steps(1) == steps(1) && steps(1) != steps(2))
        #expect(FaultScenario.named(scenario.name)?.about == scenario.about)
    }
}
