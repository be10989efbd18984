import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import GitHubConnector

@Suite(
    "github feeds fail, pause and recover alone", .ownThread,
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct FeedOutageTests {
    private static let feeds = #""repositories": "org0/repo0", "users": "user1,user2""#
    private static let bad = "/repos/org0/repo0/events"

    private func start() throws -> StandIn {
        let server = try StandIn("github_stand_in", ["--walk", "--generate", "210"])
        return server
    }

    private func fail(_ server: StandIn, _ fault: String) throws {
        try server.control(#"{"settings": {"broken": {"\#(Self.bad)": \#(fault)}}}"#)
    }

    private func mend(_ server: StandIn) throws { try server.control(#"{"settings": {"broken": {}}}"#) }

    private func requests(_ server: StandIn, _ path: String) throws -> Int {
        try server.requests().count { $0.path.hasPrefix(path) }
    }

    static let faults = [
        #"{"kind": "status", "status": 502}"#, #"{"kind": "status", "status": 404}"#,
        #"{"kind": "status", "status": 403}"#, #"{"kind": "status", "status": 410}"#,
        #"{"kind": "status", "status": 451}"#, #"{"kind": "status", "status": 418}"#,
        #"{"kind": "status", "status": 200, "body": "[{\"id\":"}"#, #"{"kind": "reset"}"#, #"{"kind": "garbage"}"#,
        #"{"kind": "truncate"}"#, #"{"kind": "truncated gzip"}"#, #"{"kind": "hang"}"#,
        #"{"kind": "redirect loop"}"#, #"{"kind": "huge", "bytes": 70000000}"#,
    ]

    @Test("one that fails leaves the others as they are, and goes on when it is back", arguments: faults)
    func alone(_ fault: String) async throws {
        let server = try start()
        try fail(server, fault)
        let driver = try await server.drive(Self.feeds + #", "request.timeout.ms": 700"#)
        #expect(try await driver.runUntilIdle())
        // Each user has 30 events.
        #expect(Set(ids(driver)).count == 60)
        #expect(driver.metrics.values["github_failing_feeds"] == 1)
        #expect(driver.log.text.contains("pauses; the others go on") && driver.log.text.contains(Self.bad))
        let before = try requests(server, "/users/user1")
        for _ in 0..<40 { try await driver.poll() }
        #expect(try requests(server, "/users/user1") > before)
        try mend(server)
        let isBack = { driver.metrics.values["github_failing_feeds"] == 0 }
        for _ in 0..<400 where !isBack() { try await driver.poll() }
        #expect(isBack() && driver.metrics.values["github_feed_failures"] ?? 0 > 1)
        #expect(driver.lines.count == 60 + 14)
        #expect(driver.positions.count == 3)
    }

    static let limits = [
        (#"{"kind": "status", "status": 429}"#, false),
        (#"{"kind": "status", "status": 403, "body": "rate limit"}"#, false),
        (#"{"kind": "status", "status": 429, "headers": {"Retry-After": "3600"}}"#, false),
        (
            #"{"kind": "status", "status": 403, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}}"#,
            true
        ),
    ]

    @Test(
        "a limit that one meets does not keep the others from being read, unless it is of the budget", arguments: limits
    )
    func limit(_ fault: String, _ isOfBudget: Bool) async throws {
        let server = try start()
        try fail(server, fault)
        let driver = try await server.drive(Self.feeds)
        var polls = 0
        while driver.lines.count < 60, polls < 100 {
            try await driver.poll()
            polls += 1
        }
        #expect(Set(ids(driver)).count == 60)
        // Those of a feed alone cost no time; the budget's is over after a second.
        #expect(driver.pauses.isEmpty != isOfBudget)
        for _ in 0..<60 { _ = try? await driver.poll() }
        #expect(try requests(server, "/users/user1") > 3)
        try mend(server)
        for _ in 0..<400 where driver.lines.count < 74 { try await driver.poll() }
        #expect(driver.lines.count == 74)
    }

    @Test("a limit that a second feed meets too is one of all")
    func limitOfAll() async throws {
        let server = try start()
        try server.control(#"{"faults": [{"kind": "status", "status": 429, "times": 2}]}"#)
        let driver = try await server.drive(Self.feeds + #", "max.polls": 1"#)
        try await driver.poll()
        try await driver.poll()
        #expect(try await driver.poll() == .idle(.seconds(60)))
        #expect(try await driver.run())
        #expect(driver.lines.count == 74)
        #expect(try server.requests().count == 5)
    }

    @Test("one is asked again after pauses that double, up to five minutes, and sooner by no poll of the others")
    func pauses() {
        let passing = [1, 2, 5, 9, 10, 99].map {
            FeedOutage(error: .retriable("x"), attempts: $0).pause
        }
        #expect(passing == [1, 2, 16, 256, 300, 300].map { .seconds($0) })
        let lasting = [1, 2, 6, 7, 99].map { FeedOutage(error: .configuration("x"), attempts: $0).pause }
        #expect(lasting == [60, 120, 1920, 3600, 3600].map { .seconds($0) })
        let asked = FeedOutage(error: .retriable("x", after: .seconds(77)), attempts: 1)
        #expect(asked.pause == .seconds(77))
        #expect(FeedOutage(error: .retriable("x", after: .seconds(1 << 40)), attempts: 1).pause == .seconds(86_400))
    }

    @Test("where all fail in a way that passes the worker is told, and nothing is lost")
    func all() async throws {
        let server = try start()
        try server.control(#"{"faults": [{"kind": "status", "status": 502, "times": 5}]}"#)
        let driver = try await server.drive(Self.feeds + #", "max.polls": 1"#)
        let failures = try await retriableFailures(of: driver)
        #expect(failures > 0 && driver.lines.count == 74)
    }

    @Test("what never was read fails a run with a known end, once the others are done")
    func atTheEnd() async throws {
        let server = try start()
        let driver = try await server.drive(#""users": "user1,nobody", "max.polls": 1"#)
        let error = await #expect(throws: ConnectorError.self) { try await driver.run() }
        #expect(error?.kind == .configuration && error?.message.contains("nobody") == true)
        #expect(driver.lines.count == 30)
    }

    @Test("the only one that turns 404 is no end, in its life or over a restart, and goes on when it is back")
    func onlyOne() async throws {
        let server = try start()
        let settings = #""repositories": "org0/repo0""#
        let first = try await server.drive(settings)
        #expect(try await first.runUntilIdle())
        try fail(server, #"{"kind": "status", "status": 404}"#)
        let second = try await server.drive(settings, positions: first.positions)
        for driver in [first, second] {
            for pause in [60, 120, 240] {
                let error = await #expect(throws: ConnectorError.self) { while true { try await driver.poll() } }
                #expect(error?.kind == .retriable && error?.retryAfter == .seconds(pause))
                #expect(error?.native == "HTTP 404")
            }
        }
        try mend(server)
        #expect(try await second.runUntilIdle())
        #expect(first.lines.count == 14 && second.lines.isEmpty)
    }

    @Test("a token that is not valid is about all of them")
    func token() async throws {
        let server = try start()
        let driver = try await server.drive(Self.feeds + #", "auth.token": "bad""#)
        let error = await #expect(throws: ConnectorError.self) { try await driver.runUntilIdle() }
        #expect(error?.kind == .configuration && error?.native == "HTTP 401")
    }

    @Test("what they share comes from each, or once where that is asked for, over a restart too")
    func shared() async throws {
        let server = try start()
        let feeds = #""organizations": "org0", "users": "user1", "repositories": "org0/repo0", "max.polls": 2"#
        let each = try await server.drive(feeds)
        #expect(try await each.run())
        #expect(each.lines.count > Set(each.lines).count)
        let once = #", "deduplicate.across.feeds": true"#
        let first = try await server.drive(feeds + once)
        try await first.poll()
        let second = try await server.drive(feeds + once, positions: first.positions)
        #expect(try await second.run())
        let lines = first.lines + second.lines
        #expect(lines.count == Set(lines).count && Set(lines) == Set(each.lines))
        #expect(second.metrics.values["github_events"] == second.lines.count)
        let source = try #require(manifest.sources.first)
        for (settings, tasks) in [(feeds, 3), (feeds + once, 1)] {
            #expect(source.tasks(try ConfigValues(json: "{\(settings)}", definition: source.config), 8) == tasks)
        }
    }
}
