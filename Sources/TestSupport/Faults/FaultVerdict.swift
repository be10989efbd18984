/// What a run of a scenario showed, and whether that is good enough.
public struct FaultVerdict: Sendable {
    /// As `join-leave/postgres/system`.
    public let name: String
    /// What decided everything.
    public let seed: UInt64
    /// What was measured, in order.
    public let measures: [(name: String, value: Int)]
    /// What must not be; empty when the run passes.
    public let faults: [String]

    /// Whether nothing was wrong.
    public var passes: Bool { faults.isEmpty }

    /// One line.
    public var line: String {
        let numbers = measures.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        let reasons = faults.isEmpty ? "" : ": \(faults.joined(separator: "; "))"
        return "\(passes ? "PASS" : "FAIL") \(name) seed=\(seed) \(numbers)\(reasons)"
    }
}

/// What a run leaves to judge.
struct FaultFindings {
    var records: FaultRecords
    var produced = 0
    /// Records in files that nobody finished.
    var unfinished = 0
    /// What members and steps did wrong.
    var faults: [String] = []
    /// The longest stop of a worker, in milliseconds.
    var longestStop = 0
    /// The highest resident memory of a worker, in KiB.
    var peakMemory = 0
    /// How far the group's offsets went back, over all partitions.
    var offsetsBack = 0
    var isExact = true
    /// What workers warned of as to their group.
    var complaints: [Substring] = []
    /// When the first member was told to stop, which gives its partitions away, in milliseconds since 1970; nil if none was.
    var firstStop: Int?
}

extension FaultFindings {
    func verdict(_ scenario: FaultScenario.Case, seed: UInt64) -> FaultVerdict {
        FaultVerdict(
            name: scenario.name, seed: seed, measures: measures, faults: faults + broken(scenario.scenario.limits))
    }

    private var measures: [(name: String, value: Int)] {
        var all = [
            ("records", produced), ("missing", records.missing.count), ("doubled", records.doubled.count),
            ("repeated.ms", records.repeatedSpan), ("disordered", records.disordered), ("foreign", records.foreign),
            ("unfinished", unfinished), ("offsets.back", offsetsBack), ("stop.ms", longestStop),
            ("memory.mb", peakMemory >> 10),
        ]
        if let worst = pauses.last { all += [("pause.kept.ms", keptPause), ("pause.ms", worst)] }
        return all
    }

    private var pauses: [Int] { records.pauses(before: firstStop).filter { $0 > 0 } }

    /// The longest pause of the calmer half of the partitions until a member stops: a member of two that stays keeps so many.
    private var keptPause: Int { pauses.isEmpty ? 0 : pauses[(pauses.count - 1) / 2] }

    private func broken(_ limits: FaultScenario.Limits) -> [String] {
        var broken: [String] = []
        if !records.missing.isEmpty { broken.append("records are missing (\(first(records.missing)))") }
        if records.foreign > 0 { broken.append("records are there that nobody produced") }
        if unfinished > 0 { broken.append("records are left in unfinished files") }
        if (isExact || limits.isExact) && !records.doubled.isEmpty {
            broken.append("records are doubled (\(first(records.doubled)))")
        }
        if records.disordered > 0 { broken.append("records of a key are out of order") }
        if longestStop > limits.stop { broken.append("a stop took longer than \(limits.stop) ms") }
        if limits.offsetsAdvance && offsetsBack > 0 { broken.append("the group's offsets went back") }
        if let limit = limits.complaints, complaints.count > limit {
            broken.append("workers warned of their group \(complaints.count) times, first \(complaints[0].prefix(300))")
        }
        if let limit = limits.memory, peakMemory >> 10 > limit { broken.append("memory passed \(limit) MiB") }
        if let limit = limits.pause, keptPause > limit {
            broken.append("kept partitions paused for more than \(limit) ms")
        }
        return broken
    }

    private func first(_ numbers: [Int]) -> String {
        numbers.prefix(3).map(String.init).joined(separator: ", ") + (numbers.count > 3 ? ", …" : "")
    }
}
