import Foundation
import TestSupport
import Testing

@Suite("The crash harness", .ownThread)
struct CrashHarnessOfWorkersTests {
    @Test("says so when a worker ends by itself")
    func endsByItself() throws {
        let directory = TemporaryDirectory()
        let folder = URL(fileURLWithPath: directory.path)
        try Data("{}".utf8).write(to: folder.appendingPathComponent("pipeline.json"))
        var plan = CrashPlan(pipeline: "pipeline.json")
        (plan.rounds, plan.longest) = (2, 6000)
        var run = try CrashRun(plan, in: folder)
        let failure = #expect(throws: CrashRun.Failure.self) { try run.run() }
        #expect(failure?.description.hasPrefix("life 1 ended by itself") == true, "\(failure?.description ?? "")")
    }
}
