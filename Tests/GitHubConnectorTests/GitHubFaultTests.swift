import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import GitHubConnector

@Suite(
    "github source and a server that refuses", .ownThread,
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct GitHubFaultTests {
    @Test("with nothing left of the budget it waits for the reset and goes on where it was", arguments: [403, 429])
    func primaryLimit(_ status: Int) async throws {
        let server = try StandIn(
            "github_stand_in",
            ["--walk", "--generate", "500", "--limit", "2", "--reset-in", "600", "--limit-status", "\(status)"])
        let driver = try await server.drive(#""max.polls": 1"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.count == 200)
        let pause = try #require(driver.pauses.first)
        #expect(pause > .seconds(500) && pause <= .seconds(601))
        #expect(try server.requests().count == 2, "the pause begins before a request is refused")
        try await driver.poll()
        #expect(driver.metrics.values["github_rate_limited"] == 1)
        try server.control(#"{"settings": {"remaining": 100}}"#)
        #expect(try await driver.run())
        #expect(Set(ids(driver)).count == 500)
        #expect(driver.lines.count == 500)
    }

    @Test("a secondary limit is waited out by Retry-After, else a minute that doubles")
    func secondaryLimit() async throws {
        let server = try StandIn("github_stand_in", ["--walk", "--generate", "150"])
        try server.control(
            #"""
            {"faults": [
              {"kind": "status", "status": 403, "headers": {"Retry-After": "7"}},
              {"kind": "status", "status": 429, "headers": {"Retry-After": "8"}},
              {"kind": "status", "status": 403, "body": "{\"message\":\"You have exceeded a secondary rate limit\"}"},
              {"kind": "status", "status": 429}]}
            """#)
        let driver = try await server.drive(#""max.polls": 1"#)
        #expect(try await driver.run())
        #expect(driver.lines.count == 150)
        #expect(driver.pauses == [.seconds(7), .seconds(8), .seconds(240), .seconds(480)])
    }

    @Test("a limit that never ends is told to the worker in the end, and is no end of the task")
    func endlessLimit() async throws {
        let server = try StandIn("github_stand_in", ["--fault", "429:11"])
        let driver = try await server.drive(#""max.polls": 1"#)
        let error = await #expect(throws: ConnectorError.self) { try await driver.run(limit: 50) }
        #expect(error?.kind == .retriable && error?.retryAfter == .seconds(3600))
        #expect(try server.requests().count == 9)
        while (try? await driver.run()) != true {}
        #expect(driver.lines.count == 300)
    }

    @Test("a reset that has passed is neither a busy loop nor an end", arguments: [403, 429])
    func pastReset(_ status: Int) async throws {
        let server = try StandIn("github_stand_in", ["--walk", "--generate", "150"])
        let headers = #"{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000000"}"#
        try server.control(
            #"{"faults": [{"kind": "status", "status": \#(status), "headers": \#(headers), "times": 5}]}"#)
        let driver = try await server.drive(#""max.polls": 1"#)
        #expect(try await driver.run())
        #expect(driver.lines.count == 150)
        #expect(driver.pauses == [1, 2, 4, 8, 16].map { .seconds($0) })
    }

    @Test(
        "failures that pass are retriable, and nothing is lost by them",
        arguments: ["500", "503:2", "502", "reset:2", "garbage", "truncate"])
    func retriable(_ fault: String) async throws {
        let server = try StandIn("github_stand_in", ["--walk", "--generate", "350"])
        let driver = try await server.drive(#""max.polls": 1"#)
        try await driver.poll()
        let (kind, times) = (fault.split(separator: ":")[0], fault.split(separator: ":").dropFirst().first ?? "1")
        let what = Int(kind) == nil ? #""kind": "\#(kind)""# : #""kind": "status", "status": \#(kind)"#
        try server.control(#"{"faults": [{\#(what), "times": \#(times)}]}"#)
        let failures = try await retriableFailures(of: driver)
        #expect(failures > 0)
        #expect(Set(ids(driver)).count == 350)
        #expect(driver.lines.count == 350)
    }

    @Test("an answer that is no list of events is retriable", arguments: ["", "{}", "[1,", "<html>", "null", "[] []"])
    func notEvents(_ body: String) async throws {
        let server = try StandIn("github_stand_in")
        let text = body.replacing("\"", with: "\\\"")
        try server.control(#"{"faults": [{"kind": "status", "status": 200, "body": "\#(text)"}]}"#)
        let driver = try await server.drive()
        let error = await #expect(throws: ConnectorError.self) { try await driver.poll() }
        #expect(error?.kind == .retriable)
        #expect(driver.lines.isEmpty)
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.count == 300)
    }

    @Test("a server that hangs meets the time limit")
    func hang() async throws {
        let server = try StandIn("github_stand_in", ["--fault", "hang"])
        let driver = try await server.drive(#""request.timeout.ms": 300"#)
        let error = await #expect(throws: ConnectorError.self) { try await driver.poll() }
        #expect(error?.kind == .retriable)
    }

    @Test("a stop ends a request that hangs")
    func stop() async throws {
        let server = try StandIn("github_stand_in", ["--fault", "hang"])
        let driver = try await server.drive()
        driver.stop.request()
        #expect(try await driver.poll() != .more)
        #expect(driver.lines.isEmpty)
    }

    @Test("refusals that waiting does not cure are configuration errors", arguments: [401, 403, 404, 451])
    func refused(_ status: Int) async throws {
        let server = try StandIn("github_stand_in", ["--fault", "\(status)"])
        let driver = try await server.drive()
        let error = await #expect(throws: ConnectorError.self) { try await driver.poll() }
        #expect(error?.kind == (status == 451 ? .fatal : .configuration))
        #expect(error?.native == "HTTP \(status)")
    }

    @Test("a page past the end of the feed ends the walk", arguments: [404, 422])
    func pastTheEnd(_ status: Int) async throws {
        let server = try StandIn("github_stand_in")
        let driver = try await server.drive(#""max.polls": 1"#)
        try await driver.poll()
        try server.control(#"{"faults": [{"kind": "status", "status": \#(status)}]}"#)
        #expect(try await driver.run())
        #expect(driver.lines.count == 100)
    }

    @Test("the token goes to the endpoint and nowhere else, and no message shows it")
    func token() async throws {
        let server = try StandIn("github_stand_in", ["--token", "ghp_hidden"])
        let driver = try await server.drive(#""auth.token": "ghp_hidden", "max.polls": 1"#)
        #expect(try await driver.run())
        #expect(try server.requests().allSatisfy { $0.headers["authorization"] == "Bearer ghp_hidden" })
        let wrong = try await server.drive(#""auth.token": "ghp_wrong""#)
        let error = await #expect(throws: ConnectorError.self) { try await wrong.poll() }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("ghp_wrong") == false)
        #expect(!driver.log.text.contains("hidden") && !wrong.log.text.contains("wrong"))
    }

    @Test("a link to another server gets no token")
    func foreignLink() async throws {
        let other = try StandIn("github_stand_in")
        let server = try StandIn("github_stand_in")
        try server.control(
            #"""
            {"faults": [{"kind": "status", "status": 200, "body": "[]",
                         "headers": {"Link": "<http://localhost:\#(other.port)/events>; rel=\"next\""}}]}
            """#)
        let driver = try await server.drive(#""auth.token": "good-token", "max.polls": 1"#)
        #expect(try await driver.run())
        #expect(try other.requests().allSatisfy { $0.headers["authorization"] == nil })
        #expect(try !other.requests().isEmpty)
    }

    @Test("the check reads one event of each feed and finds a bad token or name")
    func check() async throws {
        let source = try #require(manifest.sources.first)
        let check = try #require(source.check)
        let server = try StandIn("github_stand_in")
        func values(_ settings: String) throws -> ConfigValues {
            try ConfigValues(json: #"{"endpoint": "\#(server.url())", \#(settings)}"#, definition: source.config)
        }
        try await check(values(#""users": "user1,user2""#))
        #expect(
            try server.requests().map(\.path) == ["/users/user1/events?per_page=1", "/users/user2/events?per_page=1"])
        await #expect(throws: ConnectorError.self) { try await check(values(#""users": "nobody""#)) }
        await #expect(throws: ConnectorError.self) { try await check(values(#""auth.token": "bad""#)) }
    }
}
