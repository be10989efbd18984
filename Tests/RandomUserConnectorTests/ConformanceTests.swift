import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import RandomUserConnector

@Suite(
    "The randomuser source keeps the contract", .ownThread,
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct ConformanceTests {
    @Test("check by check", .timeLimit(.minutes(15)), arguments: SourceCheck.all)
    func conforms(_ check: SourceCheck) async throws { try await check.run(on: Users()) }
}

private struct Users: SourceSubject {
    let definition = manifest.sources[0]

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.holdsAnything = false
        traits.unreachable = #"{"endpoint":"http://127.0.0.1:1","max.records":1}"#
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { try Page() }
}

private final class Page: SourcePlace {
    let expected: [SampleRecord]
    private let folder = TemporaryDirectory()
    private let server: StandIn

    init() throws {
        let users = (0..<300).map { #"{"gender":"female","name":{"first":"Ann","last":"\#($0)"}}"# }
        expected = users.map { SampleRecord(value: $0) }
        let answer = #"{"results":[\#(users.joined(separator: ","))],"info":{}}"#
        try Data(answer.utf8).write(to: URL(fileURLWithPath: folder("users.json")))
        server = try StandIn("randomuser_stand_in", ["--data", folder("users.json")])
    }

    var settings: String { #"{"endpoint":"\#(server.url())","seed":"s","results":70,"max.records":300}"# }
}
