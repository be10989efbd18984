import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import GitHubConnector

@Suite(
    "github source against a server", .ownThread, .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct GitHubSourceTests {
    @Test("a walk follows the links to the end: every event once, as it was sent")
    func walk() async throws {
        let server = try StandIn("github_stand_in", ["--walk", "--generate", "730"])
        let driver = try await server.drive(#""max.polls": 1, "topic": "t""#)
        #expect(try await driver.run())
        #expect(ids(driver).count == 730)
        #expect(Set(ids(driver)).count == 730)
        #expect(driver.topics == ["t"])
        #expect(driver.timestamps.first == 1_760_000_000_000)
        #expect(driver.lines.first?.hasPrefix(#"{"id": "50000000000", "type": "PushEvent""#) == true)
        let paths = try server.requests().map(\.path)
        #expect(paths.count == 8)
        #expect(paths.first == "/events?per_page=100")
        #expect(driver.metrics.values["github_events"] == 730)
    }

    @Test("a restart within a walk continues exactly", arguments: [1, 3, 7])
    func resume(_ pages: Int) async throws {
        let server = try StandIn("github_stand_in", ["--walk", "--generate", "730"])
        let first = try await server.drive(#""max.polls": 1"#)
        for _ in 0..<pages { try await first.poll() }
        let second = try await server.drive(#""max.polls": 1"#, positions: first.positions)
        #expect(try await second.run())
        #expect(ids(first).count == pages * 100)
        #expect(ids(first).count + ids(second).count == 730)
        #expect(Set(ids(first) + ids(second)).count == 730)
    }

    @Test("an unchanged feed yields nothing, costs nothing, and its ETag goes back as it came, over a restart too")
    func unchanged() async throws {
        let server = try StandIn("github_stand_in", ["--generate", "250", "--limit", "5"])
        let first = try await server.drive()
        #expect(try await first.runUntilIdle())
        let second = try await server.drive(positions: first.positions)
        for _ in 0..<8 { #expect(try await second.runUntilIdle()) }
        #expect(second.lines.isEmpty)
        #expect(second.metrics.values["github_unchanged_polls"] == 8)
        let last = try #require(server.requests().last)
        #expect(last.status == .code(304))
        #expect(last.headers["if-none-match"]?.hasPrefix("W/\"") == true)
    }

    @Test("polls of a feed that moves overlap, and each event is passed on once")
    func window() async throws {
        let server = try StandIn(
            "github_stand_in", ["--window", "--generate", "450", "--start", "300", "--advance", "50"])
        let driver = try await server.drive(#""max.polls": 6"#)
        #expect(try await driver.run())
        #expect(ids(driver).count == 450)
        #expect(Set(ids(driver)).count == 450)
        #expect(driver.metrics.values["github_possible_gaps"] == 0)
        #expect(driver.metrics.values["github_duplicates"] ?? 0 > 0)
    }

    @Test("a poll that meets nothing known is counted and reported")
    func gap() async throws {
        let server = try StandIn(
            "github_stand_in", ["--window", "--generate", "900", "--start", "300", "--advance", "400"])
        let driver = try await server.drive(#""max.polls": 2"#)
        #expect(try await driver.run())
        #expect(driver.metrics.values["github_possible_gaps"] == 1)
        #expect(driver.log.messages.contains { $0.contains("may lie between") })
    }

    @Test("the poll interval of the server is obeyed, also when it rises")
    func pollInterval() async throws {
        let server = try StandIn("github_stand_in", ["--poll-interval", "90"])
        let driver = try await server.drive()
        #expect(try await driver.runUntilIdle())
        try server.control(#"{"settings": {"poll_interval": 240}}"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.pauses == [.seconds(90), .seconds(240)])
    }

    @Test("a shorter interval of the server does not go below the setting")
    func leastInterval() async throws {
        let server = try StandIn("github_stand_in", ["--poll-interval", "1"])
        let driver = try await server.drive(#""poll.interval.ms": 5000"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.pauses == [.seconds(5)])
    }

    @Test("repositories, organizations and users are read, and tasks share them")
    func feeds() async throws {
        let server = try StandIn("github_stand_in", ["--generate", "210"])
        let settings = #""repositories": "ORG0/repo0", "organizations": "org1", "users": "user2", "max.polls": 1"#
        let alone = try await server.drive(settings)
        #expect(try await alone.run())
        #expect(alone.positions.count == 3)
        var shared: [String] = []
        for index in 0..<2 {
            let driver = try await server.drive(settings, task: TaskSlot(index: index, count: 2))
            #expect(try await driver.run())
            #expect(driver.positions.count == 2 - index)
            shared += driver.lines
        }
        #expect(shared.sorted() == alone.lines.sorted())
    }

    @Test("a repository that moved is followed")
    func moved() async throws {
        let server = try StandIn("github_stand_in", ["--generate", "900"])
        try server.control(#"{"settings": {"moved": {"/repos/old/name/events": "/repos/org0/repo0/events"}}}"#)
        let driver = try await server.drive(#""repositories": "old/name", "max.polls": 1"#)
        #expect(try await driver.run())
        #expect(ids(driver).count == 60)
    }

    @Test("the same id at another time is another event", .enabled(if: StandIn.isAvailable))
    func restartedIds() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).ndjson")
        defer { try? FileManager.default.removeItem(at: file) }
        let event = { (time: String) in
            #"{"id":"1","type":"T","repo":{"name":"o/r"},"actor":{"login":"u"},"created_at":"\#(time)"}"#
        }
        let events = [event("2015-01-01T00:00:00Z"), event("2025-11-01T00:00:00Z"), event("2015-01-01T00:00:00Z")]
        try events.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let server = try StandIn("github_stand_in", ["--walk", "--data", file.path])
        let driver = try await server.drive(#""max.polls": 1"#)
        #expect(try await driver.run())
        #expect(driver.lines.count == 2)
    }

    @Test("a captured hour is passed on whole", .enabled(if: TestData.isAvailable, Comment(rawValue: TestData.absence)))
    func capturedHour() async throws {
        let file = TestData.path("github/gharchive-2015-01-01-1.json.gz")
        let server = try StandIn("github_stand_in", ["--walk", "--data", file])
        let driver = try await server.drive(#""max.polls": 1"#)
        #expect(try await driver.run())
        #expect(Set(ids(driver)).count == 7427)
        #expect(driver.lines.count == 7427)
    }
}

/// The ids of all records, in order.
func ids(_ driver: SourceDriver) -> [String] {
    struct Event: Decodable {
        let id: String
    }
    return driver.lines.compactMap { try? JSONDecoder().decode(Event.self, from: Data($0.utf8)).id }
}

extension StandIn {
    /// Starts the source against this server.
    func drive(
        _ settings: String = "", positions: [Position] = [], task: TaskSlot = TaskSlot()
    ) async throws -> SourceDriver {
        let source = try #require(manifest.sources.first)
        let json = #"{"endpoint": "\#(url())"\#(settings.isEmpty ? "" : ", " + settings)}"#
        return try await SourceDriver(source, json, positions: positions, task: task)
    }
}

/// Reads to the end as the worker does, again after each failure that passes.
/// - Returns: How many there were.
func retriableFailures(of driver: SourceDriver) async throws -> Int {
    var failures = 0
    while true {
        do {
            #expect(try await driver.run())
            return failures
        } catch let error as ConnectorError {
            #expect(error.kind == .retriable)
            failures += 1
        }
    }
}
