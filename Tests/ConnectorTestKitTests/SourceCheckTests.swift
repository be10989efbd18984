import ConnectorKit
import ConnectorTestKit
import Synchronization
import TestSupport
import Testing

@Suite("A source that breaks its contract", .ownThread)
struct SourceCheckTests {
    @Test("passes every check while it keeps it", arguments: SourceCheck.all)
    func passes(_ check: SourceCheck) async throws { try await check.run(on: ListSubject(fault: .none)) }

    @Test(
        "fails the check of the promise it breaks",
        arguments: [
            (ListSource.Fault.losesLast, "reads every record once, in order"),
            (.turnsRound, "reads every record once, in order"),
            (.marksAhead, "goes on at every mark, with nothing lost"),
            (.ignoresPosition, "goes on at every mark, with nothing lost"),
            (.marksTooLittle, "goes on at every mark, with nothing lost"),
            (.dropsTombstones, "reads tombstones"),
            (.asciiOnly, "keeps every text"),
            (.roundsNumbers, "keeps every JSON type"),
            (.cutsLong, "keeps a large value between small ones"),
            (.ignoresAbsence, "says that a system is out of reach, without a secret"),
        ])
    func fails(_ fault: ListSource.Fault, _ promise: String) async throws {
        let check = try #require(SourceCheck.all.first { $0.description == promise })
        await #expect(throws: ConformanceFailure.self) { try await check.run(on: ListSubject(fault: fault)) }
    }
}

/// A source of given records with one fault.
final class ListSource: Source {
    enum Fault: Sendable {
        case none, losesLast, turnsRound, marksAhead, ignoresPosition, marksTooLittle, dropsTombstones, asciiOnly
        case roundsNumbers, cutsLong, ignoresAbsence
    }

    static let isAbsent = Setting.bool("absent", "Whether there is no list.").defaulting(to: false)

    private let records: [SampleRecord]
    private let fault: Fault
    private var next = 0

    init(_ records: [SampleRecord], _ fault: Fault) {
        self.fault = fault
        switch fault {
        case .losesLast: self.records = records.dropLast()
        case .turnsRound: self.records = records.reversed()
        case .dropsTombstones: self.records = records.filter { $0.value != "null" }
        default: self.records = records
        }
    }

    func start(_ context: SourceContext) async throws {
        if context.config[Self.isAbsent], fault != .ignoresAbsence {
            throw ConnectorError.retriable("no list is there")
        }
        let stored = context.offset(of: ["list": "a"])?["next"]?.int ?? 0
        next = fault == .ignoresPosition ? 0 : min(records.count, Int(stored))
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard next < records.count else { return .finished }
        for record in records[next..<min(records.count, next + 400)] {
            var record = record
            record.value = spoiled(record.value)
            try record.append(to: &batch)
        }
        next += batch.count
        let reached = fault == .marksAhead ? next + 1 : next
        if fault != .marksTooLittle || next < records.count {
            batch.mark(Position(partition: ["list": "a"], offset: ["next": .int(Int64(reached))]))
        }
        return .more
    }

    private func spoiled(_ value: String) -> String {
        switch fault {
        case .roundsNumbers: value.replacing("9007199254740993", with: "9007199254740992")
        case .asciiOnly: String(value.unicodeScalars.map { $0.isASCII ? Character($0) : "?" })
        case .cutsLong where value.utf8.count > 65536: #"{"id":1}"#
        default: value
        }
    }
}

private struct ListSubject: SourceSubject {
    let fault: ListSource.Fault
    private let place = List()

    init(fault: ListSource.Fault) { self.fault = fault }

    var definition: SourceDefinition {
        SourceDefinition(
            "list", documentation: "Reads a list.", config: ConfigDefinition([ListSource.isAbsent]),
            make: { ListSource(place.expected, fault) })
    }

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.readsTombstones = true
        traits.readsKeys = true
        traits.unreachable = #"{"absent":true}"#
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace {
        place.hold(records)
        return place
    }
}

private final class List: SourcePlace {
    private let records = Mutex<[SampleRecord]>([])
    let settings = "{}"
    var expected: [SampleRecord] { records.withLock { $0 } }

    func hold(_ records: [SampleRecord]) { self.records.withLock { $0 = records } }
}
