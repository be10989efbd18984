import ConnectorKit
import Synchronization
import Testing

@testable import Runtime

/// A member of a make-believe group: what happens to its partitions is written down beforehand.
private final class MemberSource: Source {
    enum Step: Sendable {
        /// The group gives the partition.
        case assigned(String)
        /// Numbers of a partition that it has, up to this one.
        case read(String, upTo: Int64)
        /// Polls without a record until an answer was taken.
        case awaitAnswer
        /// Ends.
        case end
    }

    private let steps: [Step]
    private let journal: Journal
    private var next = 0
    private var places: [String: Int64] = [:]
    private var isAnswered = false
    private var claims: PartitionClaims?

    init(_ steps: [Step], _ journal: Journal) {
        self.steps = steps
        self.journal = journal
    }

    func start(_ context: SourceContext) async throws {
        claims = context.claims
        journal.add("source start with \(context.positions.count) positions")
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        for answer in claims?.takeAnswers() ?? [] {
            let offset = answer.offsets?.compactMap { $0["next"]?.int }.min()
            journal.add("answer \(answer.request) \(answer.partition.json) \(offset.map(String.init) ?? "none")")
            places[answer.partition["p"]?.string ?? ""] = offset ?? 0
            isAnswered = true
        }
        switch steps[next] {
        case .assigned(let name):
            _ = claims?.request([["p": .string(name)]])
            isAnswered = false
        case .read(let name, let end):
            for number in (places[name] ?? 0)..<end { try batch.append { $0.add("n", number) } }
            places[name] = end
            batch.mark(Position(partition: ["p": .string(name)], offset: ["next": .int(end)]))
        case .awaitAnswer: guard isAnswered else { return .idle(.milliseconds(1)) }
        case .end: return .finished
        }
        next += 1
        return .more
    }
}

/// Keeps what all sinks of a test share: records and positions, both when they are flushed.
private final class Table: Sendable {
    struct Content {
        var numbers: [Int64] = []
        var positions: [PositionFields: Position] = [:]
    }
    let content = Mutex(Content())
}

private final class StoringSink: Sink {
    private let table: Table
    private let journal: Journal
    private var numbers: [Int64] = []
    private var positions: [Position] = []

    init(_ table: Table, _ journal: Journal) {
        self.table = table
        self.journal = journal
    }

    func start(_ context: SinkContext) async throws -> [Position]? {
        journal.add("sink start, claiming \(context.claimsPartitions)")
        return []
    }

    func claim(_ partitions: [PositionFields]) async throws -> [Position] {
        journal.add("sink claim \(partitions.map(\.json).joined())")
        return table.content.withLock { content in partitions.compactMap { content.positions[$0] } }
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        batch.forEach { numbers.append($0["n"].int ?? -1) }
        positions += batch.marks.map(\.position)
    }

    func flush() async throws {
        journal.add("sink flush")
        table.content.withLock { content in
            content.numbers += numbers
            for position in positions { content.positions[position.partition] = position }
        }
        (numbers, positions) = ([], [])
    }
}

@Suite("Partitions that are assigned while a task runs", .timeLimit(.minutes(15)))
struct ClaimTests {
    private func run(_ steps: [MemberSource.Step], _ table: Table, waitsOnIO: Bool) async throws -> [String] {
        let journal = Journal()
        let source = SourceDefinition(
            "member", documentation: "Reads.", claimsPartitions: true, make: { MemberSource(steps, journal) })
        let sink = SinkDefinition(
            "table", documentation: "Writes.", waitsOnIO: waitsOnIO, make: { StoringSink(table, journal) })
        let bench = EngineBench(connectors: (source, sink), flushInterval: .seconds(3600))
        #expect(try await bench.run().isWell)
        return journal.all
    }

    @Test("are read on from what the sink holds when they are assigned", arguments: [false, true])
    func fromTheSink(waitsOnIO: Bool) async throws {
        let table = Table()
        let place = Position(partition: ["p": "a"], offset: ["next": 3])
        table.content.withLock { $0.positions[place.partition] = place }
        let journal = try await run(
            [.assigned("a"), .awaitAnswer, .read("a", upTo: 5), .end], table, waitsOnIO: waitsOnIO)
        #expect(table.content.withLock { $0.numbers } == [3, 4])
        #expect(journal.contains("sink start, claiming true") && journal.contains("source start with 0 positions"))
        #expect(journal.contains("sink claim {\"p\":\"a\"}") && journal.contains("answer 1 {\"p\":\"a\"} 3"))
    }

    @Test(
        "that come back are read on behind what the task had in flight, which is flushed first",
        arguments: [false, true])
    func comingBack(waitsOnIO: Bool) async throws {
        let table = Table()
        let steps: [MemberSource.Step] = [
            .assigned("a"), .awaitAnswer, .read("a", upTo: 4), .assigned("b"), .awaitAnswer, .assigned("a"),
            .awaitAnswer, .read("a", upTo: 6), .end,
        ]
        let journal = try await run(steps, table, waitsOnIO: waitsOnIO)
        #expect(table.content.withLock { $0.numbers } == Array(0..<6))
        // Nothing of b was in flight, so it had no flush to wait for.
        let order = journal.filter { $0.hasPrefix("sink claim") || $0 == "sink flush" || $0.hasPrefix("answer") }
        #expect(
            order.prefix(7) == [
                "sink claim {\"p\":\"a\"}", "answer 1 {\"p\":\"a\"} none", "sink claim {\"p\":\"b\"}",
                "answer 2 {\"p\":\"b\"} none", "sink flush", "sink claim {\"p\":\"a\"}", "answer 3 {\"p\":\"a\"} 4",
            ])
    }
}
