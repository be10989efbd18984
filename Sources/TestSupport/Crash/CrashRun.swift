public import Foundation
import Glibc

/// Runs a pipeline again and again, each time killing its worker with SIGKILL, and at last lets it end.
public struct CrashRun: Sendable {
    private let plan: CrashPlan
    private let folder: URL
    private let environment: [String: String]
    private let worker: URL
    private let state = TemporaryDirectory()
    /// Lives that the kill ended.
    public private(set) var killed = 0

    /// Why a life was no good, or a disturbance failed.
    public struct Failure: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// - Parameters:
    ///   - folder: Where the worker runs.
    ///   - environment: Added to this process's own.
    public init(_ plan: CrashPlan, in folder: URL, environment: [String: String] = [:]) throws {
        self.plan = plan
        self.folder = folder
        self.environment = environment
        worker = URL(fileURLWithPath: state("worker.json"))
        // Short intervals let a kill meet every phase: poll, put, flush, commit.
        try Data(#"{"offset.flush.interval.ms": 20, "state.path": "\#(state("state.db"))"}"#.utf8).write(to: worker)
    }

    /// Goes through all lives.
    ///
    /// - Throws: ``Failure`` when a worker crashes by itself, or fails although nothing is disturbed.
    /// - Parameter progress: Told after each life how many are over.
    public mutating func run(progress: (Int) -> Void = { _ in }) throws {
        for (index, life) in plan.lives.enumerated() {
            try cutShort(life, number: index + 1)
            progress(index + 1)
        }
        try finish()
    }

    private mutating func cutShort(_ life: CrashPlan.Life, number: Int) throws {
        let process = try start()
        if let moment = life.disturbedAfter, let command = plan.disturbance {
            pause(moment)
            try Shell.run(command, in: folder)
        }
        pause(life.killedAfter)
        process.signal(SIGKILL)
        let result = try process.wait()
        if result.status == -SIGKILL {
            killed += 1
        } else if result.status < 0 || result.status > 0 && plan.disturbance == nil {
            throw Failure(description: "life \(number) ended by itself with \(result.status): \(result.errors)")
        }
    }

    /// Lets a worker end by itself.
    ///
    /// - Throws: ``Failure`` when it does not, or fails.
    public func finish() throws {
        let process = try start()
        let deadline = ContinuousClock.now + .seconds(plan.patience)
        while process.isRunning && ContinuousClock.now < deadline { pause(10) }
        let isLate = process.isRunning
        if isLate { process.signal(SIGKILL) }
        let result = try process.wait()
        guard isLate || result.status != 0 else { return }
        let end = isLate ? "did not end within \(plan.patience) s" : "ended with \(result.status)"
        throw Failure(description: "a whole run \(end): \(result.errors)")
    }

    private func start() throws -> SluiceProcess {
        try SluiceProcess(
            ["run", plan.pipeline, "--once", "--worker", worker.path], in: folder, environment: environment)
    }

    private func pause(_ milliseconds: Int) { Thread.sleep(forTimeInterval: Double(milliseconds) / 1000) }
}
