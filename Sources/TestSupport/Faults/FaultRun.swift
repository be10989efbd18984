public import Foundation
import Glibc

/// Runs one scenario with one sink, and judges what the sink holds at the end.
public final class FaultRun {
    private let scenario: FaultScenario.Case
    private let seed: UInt64
    private let ground: FaultGround
    private let folder: URL
    /// Names the run's topic, group, pipeline and database.
    private let run = "f" + UUID().uuidString.prefix(8).lowercased()
    private var readBack: FaultReadBack
    private var members: [FaultMember] = []
    private var producer: FaultTool?
    private var locker: FaultLock?
    private var faults: [String] = []
    private var cuts = 0
    private var firstStop: Int?

    /// How long to wait for what must come about, in seconds: generous, since the machine may be busy.
    private static let patience = 60
    /// Seconds without a new record after which nothing more is expected.
    private static let quiet = 15

    /// - Parameter folder: Where the workers run and leave their logs and files.
    public init(_ scenario: FaultScenario.Case, seed: UInt64, on ground: FaultGround, in folder: URL) {
        self.scenario = scenario
        self.seed = seed
        self.ground = ground
        self.folder = folder
        readBack = FaultReadBack(scenario.sink, run, on: ground, in: folder)
    }

    /// Goes through all steps. Blocks its thread for as long as that takes.
    public func callAsFunction() throws -> FaultVerdict {
        var random = SplitMix(seed: seed)
        let steps = scenario.scenario.steps(&random)
        try ground.prepare(run, scenario.scenario, scenario.sink)
        try readBack.startCounting()
        members = try (0..<FaultGround.members).map(member)
        defer { for member in members { try? member.kill() } }
        let stream = scenario.scenario.stream
        let producer = try FaultTool(
            "fault_topic",
            [ground.kafka.servers, "produce", run, "\(stream.rate / scenario.sink.share)", "\(stream.keys)"])
        self.producer = producer
        let watch = try FaultTool("fault_topic", [ground.kafka.servers, "offsets", run, run])
        usleep(UInt32(stream.backlog) * 1_000_000)
        for step in steps where faults.isEmpty { try take(step) }
        try recover()
        let produced = Int(try producer.finish().last ?? "") ?? 0
        try awaitRecords(produced)
        for member in members { try member.end() }
        return try judge(produced, offsets: watch.finish())
    }

    private func member(_ number: Int) throws -> FaultMember {
        let settings = scenario.scenario.settings
        let worker = """
            { "state.path": "state.db", "offset.flush.interval.ms": \(settings.flush),
              "task.shutdown.graceful.timeout.ms": \(settings.shutdown) }
            """
        let environment = try scenario.library.environment(in: folder)
        return try FaultMember(number, in: folder, worker: worker, environment: environment) { [self] tasks in
            let name = scenario.scenario.hasOwnNames ? "\(run)-\(number)" : run
            return pipeline(name, tasks, ground.address(of: number))
        }
    }

    private func pipeline(_ name: String, _ tasks: Int, _ address: FaultGround.Address) -> String {
        let settings = scenario.scenario.settings
        return """
            { "name": "\(name)", "tasks.max": \(tasks), "errors.retry.timeout": \(settings.retry),
              "errors.retry.delay.max.ms": 500, "restart.max.attempts": -1, "restart.backoff.ms": 200,
              "restart.backoff.max.ms": 1000,
              "source": { "connector": "kafka", "bootstrap.servers": "\(address.kafka)", "topics": "\(run)",
                          "group.id": "\(run)", "kafka.session.timeout.ms": "\(settings.session)",
                          "kafka.heartbeat.interval.ms": "\(settings.session / 6)",
                          "kafka.max.poll.interval.ms": "\(settings.pollInterval)",
                          "kafka.reconnect.backoff.max.ms": "500" },
              "sinks": [ { \(scenario.sink.settings(run, address)) } ] }
            """
    }
}

extension FaultRun {
    private func take(_ step: FaultStep) throws {
        for member in members { try member.check() }
        switch step {
        case .start(let number, let tasks): try members[number].start(tasks: tasks)
        case .end(let number):
            firstStop = firstStop ?? Int(Date().timeIntervalSince1970 * 1000)
            try members[number].end()
        case .kill(let number): try members[number].kill()
        case .freeze(let number): members[number].signal(SIGSTOP)
        case .thaw(let number): members[number].signal(SIGCONT)
        case .cut(let number, let link): proxy(number, link).inject(.refuse)
        case .hang(let number, let link): proxy(number, link).inject(.silence)
        case .reset(let number, let link): proxy(number, link).cutAll()
        case .heal(let number, let link): proxy(number, link).heal()
        case .loseCommit(let number): loseCommit(number)
        case .commitLost(let number):
            try wait("no COMMIT was cut") { self.proxy(number, .sink).cuts > self.cuts }
        case .restartBroker: try ground.kafka.restart()
        case .restartSink: try ground.restart(scenario.sink)
        case .lock: locker = try FaultLock(ground.maintenance(run))
        case .unlock: locker = nil
        case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
        case .progress(let full):
            let count = full / scenario.sink.share
            let goal = try readBack.count() + count
            try wait("the sink got no \(count) more records") { try self.readBack.count() >= goal }
        case .caughtUp:
            let goal = producer?.lastLine.flatMap { Int($0) } ?? 0
            try wait("the sink did not catch up") { try self.readBack.count() >= goal }
        }
    }

    private func proxy(_ member: Int, _ link: FaultStep.Link) -> FaultProxy {
        ground.proxy(member, link, of: scenario.sink)
    }

    private func loseCommit(_ member: Int) {
        let proxy = proxy(member, .sink)
        cuts = proxy.cuts
        proxy.inject(.loseAnswer(to: scenario.sink == .mongodb ? "commitTransaction" : "COMMIT\0"))
    }

    /// Waits for what must come about; without it nothing more happens, and the run has failed.
    private func wait(_ complaint: String, until holds: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(Self.patience)
        while try !holds() {
            if ContinuousClock.now > deadline { return faults.append("\(complaint) in \(Self.patience) s") }
            usleep(100_000)
        }
    }

    /// Ends every fault; someone must be there to finish the work.
    private func recover() throws {
        locker = nil
        ground.heal()
        for member in members { member.signal(SIGCONT) }
        if !members.contains(where: \.isRunning) { try members[0].start(tasks: 1) }
    }

    /// Waits until all records are there, or no more come.
    private func awaitRecords(_ produced: Int) throws {
        var (last, since) = (-1, ContinuousClock.now)
        while true {
            let count = try readBack.count()
            if count != last { (last, since) = (count, .now) }
            if count >= produced {
                let records = FaultRecords(try readBack.lines(unfinished: true), produced: produced)
                if records.missing.isEmpty { return }
            }
            if ContinuousClock.now > since + .seconds(Self.quiet) { return }
            usleep(300_000)
        }
    }

    private func judge(_ produced: Int, offsets: [Substring]) throws -> FaultVerdict {
        var findings = FaultFindings(records: FaultRecords(try readBack.lines(), produced: produced))
        findings.produced = produced
        findings.unfinished = try readBack.unfinished()
        findings.faults = faults + members.flatMap(\.faults)
        findings.longestStop = members.map(\.longestStop).max() ?? 0
        findings.peakMemory = members.map(\.peakMemory).max() ?? 0
        findings.offsetsBack = try GroupOffsets.wayBack(offsets)
        findings.firstStop = firstStop
        findings.complaints = members.flatMap(\.complaints)
        findings.isExact = scenario.sink.isExact(members: members.count(where: \.hasLived))
        return findings.verdict(scenario, seed: seed)
    }
}
