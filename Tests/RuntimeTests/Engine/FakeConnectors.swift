import ConnectorKit
import Synchronization

@testable import Runtime

/// What connectors and store did, in order, across threads.
final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

/// What a fake connector is to do instead of working.
enum Fault: Sendable, Equatable {
    case none
    case throwing(ConnectorError)
    case hanging
    case sleeping(Duration)
}

/// Counts from where its position says to `end`, `batch` records at a time.
final class CountingSource: Source {
    struct Plan: Sendable {
        var end: Int64 = 10
        var batch: Int64 = 3
        /// The length of the list in each record; 0 for none.
        var parts = 0
        /// Whether it waits for more at the end instead of finishing.
        var idlesAtEnd = false
        var fault: [String: Fault] = [:]
        /// The fault of a poll strikes when this number would come next.
        var faultAt: Int64 = 0
        /// How often faults strike before all is well.
        var strikes = Int.max
        /// A start waits until this holds.
        var mayStart: @Sendable () -> Bool = { true }
        /// Whether positions are marked.
        var marks = true
        var journal = Journal()
        var struck = Counter()
        /// Numbers handed out.
        var read = Counter()
    }

    private let plan: Plan
    private var next: Int64 = 0

    init(_ plan: Plan) { self.plan = plan }

    func start(_ context: SourceContext) async throws {
        next = context.offset(of: ["source": "count"])?["next"]?.int ?? 0
        plan.journal.add("source start at \(next)")
        while !plan.mayStart() { try await Task.sleep(for: .milliseconds(1)) }
        try await strike("start")
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        if next >= plan.faultAt { try await strike("poll") }
        if next == plan.end, plan.idlesAtEnd { return .idle(.seconds(60)) }
        let end = min(plan.end, next + plan.batch)
        plan.read.add(Int(end - next))
        while next < end {
            let number = next
            try batch.append { record in
                record.add("n", number)
                guard plan.parts > 0 else { return }
                record.array("parts") { list in
                    for _ in 0..<plan.parts { list.object { $0.add("n", number) } }
                }
            }
            next += 1
        }
        if plan.marks { batch.mark(Position(partition: ["source": "count"], offset: ["next": .int(next)])) }
        return next < plan.end || plan.idlesAtEnd ? .more : .finished
    }

    func commit(_ positions: [Position]) async throws {
        plan.journal.add("source commit \(positions.map(\.offset.json).joined())")
        try await strike("commit")
    }

    func stop() async {
        plan.journal.add("source stop")
        try? await strike("stop")
    }

    private func strike(_ call: String) async throws {
        try await strikeAsPlanned(plan.fault[call] ?? .none, plan.struck, plan.strikes)
    }
}

/// Keeps what it is given, with faults on demand.
final class KeepingSink: Sink {
    struct Plan: Sendable {
        var name = "sink"
        var fault: [String: Fault] = [:]
        var strikes = Int.max
        /// Numbers that can never be delivered.
        var rejects: Set<Int64> = []
        /// Numbers that are not taken the first so many times.
        var retries: Set<Int64> = []
        var retryTimes = 1
        /// Records named in each report although they were not given.
        var nonsense: [Int] = []
        var isDurable = false
        /// A batch of one record is not.
        var isDurableAlone = true
        /// Tells what became of a batch only when it is asked, and not before this holds unless it is to wait.
        var settles: (@Sendable () -> Bool)?
        /// What a put takes for each record.
        var pause = Duration.zero
        /// A put waits until this holds.
        var mayPut: @Sendable () -> Bool = { true }
        var stored: [Position]?
        /// Keeps positions with its records, stored by a flush before what that is to fail with (`flushed`).
        var positions: StoredPositions?
        /// A start waits until this holds, or it is to give up if `heedsStop`.
        var mayStart: @Sendable () -> Bool = { true }
        var heedsStop = false
        var started = Counter()
        var journal = Journal()
        var struck = Counter()
        var kept = Kept()
    }

    /// Numbers taken, in order, outliving the sink.
    final class Kept: Sendable {
        private let values = Mutex<[Int64]>([])
        func add(_ value: Int64) { values.withLock { $0.append(value) } }
        var all: [Int64] { values.withLock { $0 } }
    }

    /// Positions, outliving the sink.
    final class StoredPositions: Sendable {
        private let values = Mutex<[Position]>([])
        func store(_ positions: [Position]) { values.withLock { $0 = positions } }
        var all: [Position] { values.withLock { $0 } }
    }

    private let plan: Plan
    private var refusals = 0
    private var reached: [Position] = []

    init(_ plan: Plan) { self.plan = plan }

    func start(_ context: SinkContext) async throws -> [Position]? {
        plan.started.add()
        while !plan.mayStart() {
            if plan.heedsStop, context.stop.isRequested { throw ConnectorError.retriable("the start was interrupted") }
            try await Task.sleep(for: .milliseconds(1))
        }
        try await strike("start")
        return plan.positions?.all ?? plan.stored
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        try await strike("put")
        if plan.pause > .zero { try await Task.sleep(for: plan.pause * batch.deliverableCount) }
        while !plan.mayPut() { try await Task.sleep(for: .milliseconds(1)) }
        plan.journal.add("\(plan.name) put \(batch.deliverableCount)")
        reached = newest(of: reached + batch.marks.map(\.position))
        if plan.settles == nil { return take(batch, &report) }
        report.isUnderWay = true
    }

    func settle(_ batch: borrowing RecordBatch, report: inout PutReport, waiting: Bool) async throws -> Bool {
        try await strike("settle")
        guard waiting || plan.settles?() == true else { return false }
        plan.journal.add("\(plan.name) settle \(batch.deliverableCount)")
        take(batch, &report)
        return true
    }

    private func take(_ batch: borrowing RecordBatch, _ report: inout PutReport) {
        for index in plan.nonsense { report.reject(index, .rejected("nonsense")) }
        var refused = false
        for index in 0..<batch.count where batch.isDeliverable(index) {
            let number = Self.number(of: batch[index])
            if plan.rejects.contains(number) {
                report.reject(index, .rejected("number \(number) is not liked"))
            } else if plan.retries.contains(number) && refusals < plan.retryTimes {
                report.retry(index, .retriable("number \(number) not now"))
                refused = true
            } else {
                plan.kept.add(number)
            }
        }
        if refused { refusals += 1 }
        report.isDurable = plan.isDurable && (plan.isDurableAlone || batch.deliverableCount > 1)
    }

    /// How many records the put of a line of the journal had.
    static func size(ofPut line: String) -> Int? {
        line.firstRange(of: " put ").flatMap { Int(line[$0.upperBound...]) }
    }

    /// That of the record, or of the one that a dead letter holds.
    private static func number(of record: borrowing Record) -> Int64 {
        record["n"].int ?? record["value"]["n"].int ?? -1
    }

    func flush() async throws {
        plan.journal.add("\(plan.name) flush")
        try await strike("flush")
        plan.positions?.store(reached)
        if plan.positions != nil { try await strike("flushed") }
    }

    func stop() async throws {
        plan.journal.add("\(plan.name) stop")
        try await strike("stop")
    }

    private func strike(_ call: String) async throws {
        try await strikeAsPlanned(plan.fault[call] ?? .none, plan.struck, plan.strikes)
    }
}

/// Refuses some numbers, and makes a record of each part of the others.
struct FussyTransform: Transform {
    let refuses: Set<Int64>
    let explodes: Bool

    static func step(refuses: Set<Int64> = [], explodes: Bool = false) throws -> TransformStep {
        TransformStep(
            label: "fussy",
            definition: TransformDefinition("Fussy", documentation: "Fusses.") { _, _ in
                FussyTransform(refuses: refuses, explodes: explodes)
            },
            part: .value, values: try ConfigValues(json: "{}", definition: ConfigDefinition()), predicate: nil)
    }

    func apply(to batch: inout RecordBatch) throws {
        try batch.edit { record in
            if let number = record["n"].int, refuses.contains(number) {
                throw ConnectorError.rejected("number \(number) is refused")
            }
            return true
        }
        guard explodes else { return }
        for index in (0..<batch.count).reversed() where batch.isDeliverable(index) {
            _ = try batch.explode(index, at: FieldPath("parts"))
        }
    }
}

/// Takes all records out of a batch.
struct LosingTransform: Transform {
    static func step() throws -> TransformStep {
        TransformStep(
            label: "losing",
            definition: TransformDefinition("Losing", documentation: "Loses.") { _, _ in LosingTransform() },
            part: .value,
            values: try ConfigValues(json: "{}", definition: ConfigDefinition()), predicate: nil)
    }

    func apply(to batch: inout RecordBatch) { batch.reset() }
}

/// Throws, hangs or sleeps as planned.
func strikeAsPlanned(_ fault: Fault, _ struck: Counter, _ strikes: Int) async throws {
    guard fault != .none, struck.value < strikes else { return }
    struck.add()
    switch fault {
    case .none: return
    case .throwing(let error): throw error
    case .sleeping(let time): try await Task.sleep(for: time)
    case .hanging: await unsafe withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
}
