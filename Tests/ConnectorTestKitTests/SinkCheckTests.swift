import ConnectorKit
import ConnectorTestKit
import Synchronization
import TestSupport
import Testing

@Suite("A sink that breaks its contract", .ownThread)
struct SinkCheckTests {
    @Test("passes every check while it keeps it", arguments: SinkCheck.all)
    func passes(_ check: SinkCheck) async throws { try await check.run(on: MemorySubject(fault: .none)) }

    @Test(
        "fails the check of the promise it breaks",
        arguments: [
            (MemorySink.Fault.losesLast, "has made durable what it took when a flush returns"),
            (.forgetsToFlush, "has made durable what it took when a flush returns"),
            (.writesWithheld, "leaves out records that were dropped or rejected before"),
            (.rejectsNeighbours, "refuses a bad record alone"),
            (.retriesBad, "refuses a bad record alone"),
            (.dropsTombstones, "writes tombstones"),
            (.roundsNumbers, "keeps every JSON type"),
            (.asciiOnly, "keeps every text"),
            (.cutsLong, "keeps a large value between small ones"),
            (.storesPositionEarly, "hands back the position of exactly what is stored"),
            (.logsSecret, "writes no secret to its log"),
            (.ignoresAbsence, "says that a system is out of reach, without a secret"),
            (.showsSecret, "says that a system is out of reach, without a secret"),
        ])
    func fails(_ fault: MemorySink.Fault, _ promise: String) async throws {
        let check = try #require(SinkCheck.all.first { $0.description == promise })
        await #expect(throws: ConformanceFailure.self) { try await check.run(on: MemorySubject(fault: fault)) }
    }
}

/// A sink into memory with one fault.
final class MemorySink: Sink {
    enum Fault: Sendable {
        case none, losesLast, forgetsToFlush, writesWithheld, rejectsNeighbours, retriesBad, dropsTombstones
        case roundsNumbers, asciiOnly, cutsLong, storesPositionEarly, logsSecret, ignoresAbsence, showsSecret
    }

    static let secret = Setting.password("password", "Opens the store.").defaulting(to: Secret("none"))
    static let isAbsent = Setting.bool("absent", "Whether there is no store.").defaulting(to: false)

    private let store: MemoryStore
    private let fault: Fault
    private var waiting: [SampleRecord] = []
    private var reached: [Position] = []

    init(_ store: MemoryStore, _ fault: Fault) {
        self.store = store
        self.fault = fault
    }

    func start(_ context: SinkContext) async throws -> [Position]? {
        if fault == .logsSecret { context.log.info("logged in with \(context.config[Self.secret].revealed)") }
        if context.config[Self.isAbsent], fault != .ignoresAbsence {
            let word = fault == .showsSecret ? context.config[Self.secret].revealed : ""
            throw ConnectorError.retriable("no store answers \(word)")
        }
        return store.state.withLock { $0.positions }
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        for index in 0..<batch.count where batch.isDeliverable(index) || fault == .writesWithheld {
            take(SampleRecord(batch, index), index, &report)
        }
        for mark in batch.marks { reached = [mark.position] }
        if fault == .storesPositionEarly { store.state.withLock { $0.positions = reached } }
    }

    private func take(_ record: SampleRecord, _ index: Int, _ report: inout PutReport) {
        let isBad = record.value.contains("bad")
        let isNeighbour = fault == .rejectsNeighbours && report.rejections.count == 1
        if isBad && fault == .retriesBad { return report.retry(index, .retriable("later")) }
        if isBad || isNeighbour { return report.reject(index, .rejected("bad")) }
        if fault == .dropsTombstones && record.value == "null" { return }
        waiting.append(SampleRecord(key: record.key, value: spoiled(record.value)))
    }

    private func spoiled(_ value: String) -> String {
        switch fault {
        case .roundsNumbers: value.replacing("9007199254740993", with: "9007199254740992")
        case .asciiOnly: String(value.unicodeScalars.map { $0.isASCII ? Character($0) : "?" })
        case .cutsLong where value.utf8.count > 65536: #"{"id":1}"#
        default: value
        }
    }

    func flush() async throws {
        if fault == .forgetsToFlush { return }
        if fault == .losesLast && !waiting.isEmpty { waiting.removeLast() }
        store.state.withLock { state in
            state.records += waiting
            if !reached.isEmpty { state.positions = reached }
        }
        waiting = []
    }
}

/// What outlives an instance.
final class MemoryStore: SinkPlace {
    struct State {
        var records: [SampleRecord] = []
        var positions: [Position] = []
    }

    let state = Mutex(State())
    let settings = #"{"password":"open sesame"}"#
    func records() async throws -> [SampleRecord] { state.withLock { $0.records } }
}

private struct MemorySubject: SinkSubject {
    let fault: MemorySink.Fault
    let store = MemoryStore()

    var definition: SinkDefinition {
        SinkDefinition(
            "memory", documentation: "Keeps records.",
            config: ConfigDefinition([MemorySink.secret, MemorySink.isAbsent]),
            make: { MemorySink(store, fault) })
    }

    var traits: SinkTraits {
        var traits = SinkTraits()
        traits.keepsKeys = true
        traits.keepsOrder = true
        traits.storesPositions = true
        traits.refused = #"{"bad":true}"#
        traits.unreachable = #"{"password":"open sesame","absent":true}"#
        traits.secrets = ["open sesame"]
        return traits
    }

    func makePlace() async throws -> any SinkPlace { store }
}
