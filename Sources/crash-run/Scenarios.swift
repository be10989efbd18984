import Foundation
import TestSupport

/// Runs fault scenarios and prints their verdicts.
struct Scenarios {
    let options: ScenarioOptions

    static var list: String {
        FaultScenario.all.map { scenario in
            "\(scenario.name): \(scenario.about)\n" + scenario.cases.map { "  \($0.name)\n" }.joined()
        }.joined()
    }

    /// Whether all passed.
    func run() throws -> Bool {
        guard ApacheKafka.home != nil else { throw Missing(description: "a scenario \(ApacheKafka.absence)") }
        let ground = try FaultGround()
        let end = ContinuousClock.now + .seconds(60 * (options.minutes ?? 0))
        var seed = options.seed
        var (runs, failed) = (0, 0)
        repeat {
            for scenario in options.cases where runs == 0 || options.minutes == nil || ContinuousClock.now < end {
                runs += 1
                if try !run(scenario, seed, on: ground) { failed += 1 }
            }
            seed += 1
        } while ContinuousClock.now < end
        if runs > 1 { print("\(failed == 0 ? "PASS" : "FAIL"): \(runs - failed) of \(runs) runs passed") }
        return failed == 0
    }

    private func run(_ scenario: FaultScenario.Case, _ seed: UInt64, on ground: FaultGround) throws -> Bool {
        let folder = URL(fileURLWithPath: options.logs)
            .appendingPathComponent("\(scenario.name.replacing("/", with: "-"))-\(seed)")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let verdict = try FaultRun(scenario, seed: seed, on: ground, in: folder)()
        FileHandle.standardOutput.write(Data("\(verdict.line)\n".utf8))
        if verdict.passes { try? FileManager.default.removeItem(at: folder) }
        return verdict.passes
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }
}
