import ConnectorKit
import FoundationEssentials
import Testing
import Transforms

/// Cases whose expected results came from Kafka Connect's own classes.
///
/// `SLUICE_CONFORMANCE` names the file: JSON lines with `transform`, `config`, `input` and `expected`, `dropped` or
/// `error`; optionally `predicate`, `negate` and `expected_types`.
@Suite("Kafka Connect conformance")
struct ConformanceTests {
    static let path = ProcessInfo.processInfo.environment["SLUICE_CONFORMANCE"].flatMap { $0.isEmpty ? nil : $0 }

    @Test(.enabled(if: path != nil, "SLUICE_CONFORMANCE names no file of cases"), arguments: try cases())
    func agrees(_ item: ConformanceCase) throws {
        let chain: Chain
        do {
            chain = try Chain(item)
        } catch {
            #expect(item.failingPhase == "configure", "\(error)")
            return
        }
        #expect(item.failingPhase != "configure", "the configuration was accepted")
        let outcome = try chain.run(item)
        if item.failingPhase == "apply" {
            #expect(outcome.error != nil)
        } else if item.isDropped {
            #expect(outcome == .dropped)
        } else {
            #expect(outcome == .passed(try item.expected()))
        }
    }

    private static func cases() throws -> [ConformanceCase] {
        guard let path else { return [] }
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        return try text.split(separator: "\n").map {
            ConformanceCase(line: String($0), node: try ConfigParser.parse(String($0)))
        }
        .filter { item in builtIns.transforms.contains { $0.name == item.transformName } }
    }
}

/// A transform with its predicate, driven by hand.
private struct Chain {
    let transform: any Transform
    let predicate: (any ConnectorKit.Predicate)?
    let isNegated: Bool

    init(_ item: ConformanceCase) throws {
        transform = try makeTransform(item.transform, item.config)
        predicate = try item.predicate.map { try makePredicate($0.type, $0.config) }
        isNegated = item.isNegated
    }

    func run(_ item: ConformanceCase) throws -> Outcome {
        var batch = RecordBatch()
        try item.appendInput(to: &batch)
        predicate?.select(in: &batch, negated: isNegated)
        try transform.apply(to: &batch)
        batch.takeBackAll()
        return try Outcome(0, of: batch)
    }
}
