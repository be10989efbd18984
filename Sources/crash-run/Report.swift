import Foundation
import TestSupport

/// The verdict as it is printed.
struct Report {
    private let options: Options
    private let killed: Int
    private let verdict: CrashVerdict

    init(_ options: Options, killed: Int, _ verdict: CrashVerdict) {
        self.options = options
        self.killed = killed
        self.verdict = verdict
    }

    /// A run of which no life was cut short shows nothing.
    var passes: Bool { killed > 0 && verdict.passes(isExact: options.isExact) }

    var line: String {
        let plan = options.plan
        return "\(passes ? "PASS" : "FAIL") \(plan.pipeline) killed=\(killed)/\(plan.rounds) seed=\(plan.seed) "
            + "expected=\(options.expected) \(verdict.summary)" + (options.isExact ? " exactly-once" : "")
    }

    func json() throws -> String {
        let members: [String: Any] = [
            "verdict": passes ? "PASS" : "FAIL", "pipeline": options.plan.pipeline, "rounds": options.plan.rounds,
            "killed": killed, "seed": options.plan.seed, "expected": options.expected, "missing": verdict.missing,
            "doubled": verdict.doubled, "foreign": verdict.foreign, "exactlyOnce": options.isExact,
        ]
        let data = try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }
}
