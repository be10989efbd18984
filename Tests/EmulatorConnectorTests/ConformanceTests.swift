import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import EmulatorConnector

@Suite("The emulator keeps the contract of a source", .ownThread)
struct ConformanceTests {
    @Test("check by check", .timeLimit(.minutes(15)), arguments: SourceCheck.all)
    func source(_ check: SourceCheck) async throws { try await check.run(on: Counter()) }
}

private struct Counter: SourceSubject {
    let definition = EmulatorSource.definition

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.holdsAnything = false
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { Numbers() }
}

private final class Numbers: SourcePlace {
    let settings = #"{"kinds":"counter","max.records":3000}"#
    let expected = (0..<3000).map { SampleRecord(value: #"{"n":\#($0)}"#) }
}
