import ConnectorKit
import Testing

@Suite("Filter")
struct FilterTests {
    @Test("drops everything without a predicate")
    func everything() throws {
        var batch = RecordBatch()
        try batch.read("{\"a\":1}\nnull\n7")
        try makeTransform("Filter", "{}").apply(to: &batch)
        #expect(batch.count == 3 && batch.deliverableCount == 0)
        #expect((0..<3).allSatisfy { batch.isDropped($0) })
    }

    @Test("drops the chosen records, or with negate the others", arguments: [false, true])
    func chosen(_ negated: Bool) throws {
        var batch = RecordBatch()
        try batch.read("{\"type\":\"A\"}\n{\"type\":\"B\"}\n{\"type\":\"A\"}")
        try makePredicate("FieldMatches", #"{"field":"type","pattern":"A"}"#).select(in: &batch, negated: negated)
        try makeTransform("Filter", "{}").apply(to: &batch)
        batch.takeBackAll()
        #expect((0..<3).map { batch.isDropped($0) } == [!negated, negated, !negated])
    }

    @Test("has no settings")
    func settings() throws {
        #expect(throws: ConfigProblems.self) { try makeTransform("Filter", #"{"condition":"x"}"#) }
    }
}
