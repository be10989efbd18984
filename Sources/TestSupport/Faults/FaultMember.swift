import Foundation
import Glibc

/// One worker of a group, over all its lives; each life's log is `member-<number>-<life>.log` in the run's folder.
final class FaultMember {
    private let number: Int
    private let folder: URL
    private let environment: [String: String]
    private let pipeline: (_ tasks: Int) -> String
    private var process: SluiceProcess?
    private var lives = 0
    /// What went wrong besides its records.
    private(set) var faults: [String] = []
    /// The longest stop, in milliseconds.
    private(set) var longestStop = 0
    /// The highest resident memory of any life, in KiB.
    private(set) var peakMemory = 0
    /// What it warned of, or called an error, as to its group.
    private(set) var complaints: [Substring] = []

    init(
        _ number: Int, in folder: URL, worker: String, environment: [String: String],
        pipeline: @escaping (_ tasks: Int) -> String
    ) throws {
        self.number = number
        self.folder = folder.appendingPathComponent("member-\(number)")
        self.environment = environment
        self.pipeline = pipeline
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try Data(worker.utf8).write(to: self.folder.appendingPathComponent("worker.json"))
    }

    var hasLived: Bool { lives > 0 }
    var isRunning: Bool { process?.isRunning == true }

    func start(tasks: Int) throws {
        guard process == nil else { throw FaultError("member \(number) is started while it runs") }
        try Data(pipeline(tasks).utf8).write(to: folder.appendingPathComponent("pipeline.json"))
        lives += 1
        process = try SluiceProcess(
            ["run", "pipeline.json", "--worker", "worker.json"], in: folder, environment: environment)
    }

    func signal(_ number: Int32) { process?.signal(number) }

    /// SIGKILL.
    func kill() throws {
        measureMemory()
        process?.signal(SIGKILL)
        try finish { _ in }
    }

    /// SIGTERM, and SIGKILL when it does not end within a minute.
    func end() throws {
        guard let process else { return }
        measureMemory()
        let start = ContinuousClock.now
        process.signal(SIGTERM)
        while process.isRunning && ContinuousClock.now < start + .seconds(60) { usleep(5000) }
        let isLate = process.isRunning
        if isLate { process.signal(SIGKILL) }
        longestStop = max(longestStop, Int((ContinuousClock.now - start) / .milliseconds(1)))
        try finish { result in
            if isLate { faults.append("member \(number) did not stop") }
            if !isLate && result.status != 0 { faults.append("member \(number) ended with \(result.status)") }
        }
    }

    /// It must not have ended by itself.
    func check() throws {
        guard let process, !process.isRunning else { return }
        try finish { result in
            let lines = result.errors.split(separator: "\n")
            let reason = lines.first { $0.contains("Fatal error") } ?? lines.last ?? ""
            faults.append("member \(number) ended by itself with \(result.status): \(reason.prefix(300))")
        }
    }

    private func finish(_ judge: (SluiceProcess.Result) -> Void) throws {
        guard let process else { return }
        let result = try process.wait()
        self.process = nil
        judge(result)
        if result.errors.contains("STUCK") || result.output.contains("STUCK") {
            faults.append("member \(number) was STUCK")
        }
        complaints += result.errors.split(separator: "\n").filter { line in
            line.contains("group") && [" WARNING ", " ERROR "].contains { line.contains($0) }
        }
        let log = folder.deletingLastPathComponent().appendingPathComponent("member-\(number)-\(lives).log")
        try Data((result.output + result.errors).utf8).write(to: log)
    }

    private func measureMemory() {
        guard let id = process?.id, let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        else { return }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        peakMemory = max(peakMemory, line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
    }
}
