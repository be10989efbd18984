import ConnectorKit
import Testing

@testable import Runtime

@Suite("What sinks say of partitions that a source was given")
struct ClaimRoundTests {
    private let a: PositionFields = ["p": "a"]
    private let b: PositionFields = ["p": "b"]

    private func request() throws -> PartitionClaims.Request {
        let claims = PartitionClaims()
        _ = claims.request([])
        _ = claims.takeRequest()
        _ = claims.request([a, b])
        return try #require(claims.takeRequest())
    }

    private func at(_ partition: PositionFields, _ offset: Int64) -> Position {
        Position(partition: partition, offset: ["o": .int(offset)])
    }

    private func answer(_ partition: PositionFields, _ offsets: [Int64]?) -> PartitionClaims.Answer {
        PartitionClaims.Answer(request: 2, partition: partition, offsets: offsets?.map { ["o": .int($0)] })
    }

    @Test("what one sink stores counts, and a partition it does not know is the source's own to decide")
    func oneSink() throws {
        var round = ClaimRound(try request(), storing: [true])
        #expect(!round.isComplete)
        round.claimed(sink: 0, [at(a, 5)])
        #expect(round.isComplete)
        #expect(round.answers(forgotten: []) == [answer(a, [5]), answer(b, nil)])
    }

    @Test("of several sinks each is told, and one that knows nothing, or stores nothing, leaves it to the source")
    func severalSinks() throws {
        var round = ClaimRound(try request(), storing: [true, true])
        round.claimed(sink: 1, [at(a, 7), at(b, 1)])
        #expect(!round.isComplete)
        round.claimed(sink: 0, [at(a, 5)])
        #expect(round.answers(forgotten: []) == [answer(a, [5, 7]), answer(b, nil)])
        var mixed = ClaimRound(try request(), storing: [true, false])
        mixed.claimed(sink: 0, [at(a, 5), at(b, 5)])
        #expect(mixed.isComplete)
        #expect(mixed.answers(forgotten: []) == [answer(a, nil), answer(b, nil)])
        #expect(ClaimRound(try request(), storing: [false]).isComplete)
    }

    @Test("where other workers do not see what a sink stores, the source is told so, and nobody relies on it")
    func local() throws {
        var round = ClaimRound(try request(), storing: [true], isLocal: true)
        round.claimed(sink: 0, [at(a, 5)])
        let answers = round.answers(forgotten: [])
        #expect(answers.allSatisfy(\.isLocal) && answers.map(\.offsets) == [[["o": 5]], nil])
        #expect(answers.compactMap(\.agreed).isEmpty)
    }

    @Test("what was stored before a reset does not count")
    func reset() throws {
        var round = ClaimRound(try request(), storing: [true])
        round.claimed(sink: 0, [at(a, 5), at(b, 6)])
        #expect(round.answers(forgotten: [b]) == [answer(a, [5]), answer(b, nil)])
    }
}
