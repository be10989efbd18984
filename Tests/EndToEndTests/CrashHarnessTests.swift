import Foundation
import TestSupport
import Testing

@Suite("The crash harness", .ownThread, .serialized)
struct CrashHarnessTests {
    @Test(
        "tells what is missing, doubled or foreign",
        arguments: [
            (["0", "1", "2"], "missing=0 doubled=0 foreign=0", true, true),
            (["2", "0", "1", "1"], "missing=0 doubled=1 (1) foreign=0", false, true),
            (["0", "2"], "missing=1 (1) doubled=0 foreign=0", false, false),
            (["0", "1", "2", "3"], "missing=0 doubled=0 foreign=1 (3)", false, false),
            (["0", "1", "2", "x"], "missing=0 doubled=0 foreign=1 (x)", false, false),
        ])
    func verdict(_ lines: [String], _ summary: String, _ passesExactly: Bool, _ passes: Bool) {
        let verdict = CrashVerdict(lines, expected: 3)
        #expect(verdict.summary == summary)
        #expect(verdict.passes(isExact: true) == passesExactly)
        #expect(verdict.passes(isExact: false) == passes)
    }

    @Test("draws the same lives from the same seed")
    func seeds() {
        var plan = CrashPlan(pipeline: "p.json")
        let first = plan.lives
        #expect(first == plan.lives && first.count == 30 && first.allSatisfy { $0.disturbedAfter == nil })
        plan.seed = 2
        #expect(first != plan.lives)
        plan.disturbance = "true"
        #expect(plan.lives.count { $0.disturbedAfter != nil } == 15)
    }

    @Test("prints one verdict line, and fails when a record is gone")
    func program() throws {
        let place = try Workplace()
        try place.write(
            """
            { "name": "crash",
              "source": { "connector": "emulator", "kinds": "counter", "max.records": 4000, "records.per.second": 8000 },
              "sinks": [ { "connector": "file", "path": "out/part-${sequence}.ndjson", "rotate.records": 100 } ] }
            """, to: "pipeline.json")
        let readBack = #"cat out/*.ndjson | sed 's/[^0-9]//g'"#
        let common = ["pipeline.json", "--expect", "4000", "--rounds", "6", "--exactly-once", "--read-back"]
        let whole = try run(common + [readBack], place)
        #expect(whole.status == 0 && whole.output.hasPrefix("PASS pipeline.json killed="), "\(whole)")
        let short = try run(common + ["\(readBack) | grep -v '^7$'"], place)
        #expect(short.status == 1 && short.output.contains("missing=1 (7)"), "\(short)")
        let mistaken = try run(["pipeline.json", "--rounds", "none"], place)
        #expect(mistaken.status == 2 && mistaken.errors.contains("--rounds is none; expected a number"))
    }

    @Test("lists its scenarios, and says what is wrong with a command line")
    func scenarios() throws {
        let place = try Workplace()
        let list = try run(["--list"], place)
        #expect(list.status == 0)
        for scenario in FaultScenario.all.flatMap(\.cases) { #expect(list.output.contains("  \(scenario.name)\n")) }
        let mistakes = [
            (["--scenario", "nothing"], "nothing is no scenario"), (["--scenario"], "--scenario needs a value"),
            (["--scenario", "kill-member", "--minutes", "soon"], "--minutes is soon; expected a number"),
            (["--scenario", "kill-member", "--sink", "x"], "--sink is not known"),
        ]
        for (arguments, sentence) in mistakes {
            let result = try run(arguments, place)
            #expect(result.status == 2 && result.errors.contains(sentence), "\(result.errors)")
        }
    }

    private func run(_ arguments: [String], _ place: Workplace) throws -> SluiceProcess.Result {
        let folder = SluiceProcess.executable.deletingLastPathComponent()
        return try SluiceProcess.run(arguments, in: place.folder, program: folder.appendingPathComponent("crash-run"))
    }
}
