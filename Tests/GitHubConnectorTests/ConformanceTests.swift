import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import GitHubConnector

@Suite(
    "The github source keeps the contract", .ownThread,
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct ConformanceTests {
    @Test("check by check", .timeLimit(.minutes(15)), arguments: SourceCheck.all)
    func conforms(_ check: SourceCheck) async throws { try await check.run(on: Events()) }
}

private struct Events: SourceSubject {
    let definition = manifest.sources[0]

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.holdsAnything = false
        traits.unreachable = #"{"endpoint":"http://127.0.0.1:1","auth.token":"open-sesame","max.polls":1}"#
        traits.secrets = ["open-sesame"]
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { try Feed() }
}

private final class Feed: SourcePlace {
    let expected: [SampleRecord]
    private let folder = TemporaryDirectory()
    private let server: StandIn

    init() throws {
        let events = (0..<730).map { index in
            #"{"id":"\#(index)","type":"PushEvent","actor":{"id":1,"login":"a"},"repo":{"id":2,"name":"o/r"},"#
                + #""payload":{},"public":true,"created_at":"2026-01-01T00:\#(10 + index % 50):00Z"}"#
        }
        expected = events.map { SampleRecord(value: $0) }
        try Data(events.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: folder("events.ndjson")))
        server = try StandIn(
            "github_stand_in", ["--walk", "--token", "open-sesame", "--data", folder("events.ndjson")])
    }

    var settings: String { #"{"endpoint":"\#(server.url())","auth.token":"open-sesame","max.polls":1}"# }
}
