import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import RandomUserConnector

@Suite(
    "randomuser source against a server", .ownThread,
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct RandomUserSourceTests {
    @Test("pages follow each other until the asked number is there")
    func pages() async throws {
        let server = try StandIn("randomuser_stand_in")
        let driver = try await server.drive(#""seed": "s", "results": 100, "max.records": 250, "topic": "t""#)
        #expect(try await driver.run())
        #expect(driver.lines.count == 250)
        #expect(Set(driver.lines).count == 250)
        #expect(driver.topics == ["t"])
        #expect(
            try server.requests().map(\.path) == (1...3).map { "/api/1.4/?results=100&page=\($0)&seed=s" })
    }

    @Test(
        "a restart continues exactly, within a page too, with a seed of one's own or a drawn one",
        arguments: [1, 100, 130, 249])
    func resume(_ count: Int) async throws {
        let server = try StandIn("randomuser_stand_in")
        for seed in [#""seed": "s", "#, ""] {
            let first = try await server.drive(#"\#(seed)"results": 100, "max.records": \#(count)"#)
            #expect(try await first.run())
            let second = try await server.drive(
                #"\#(seed)"results": 100, "max.records": 250"#, positions: first.positions)
            #expect(try await second.run())
            let sent = try #require(server.requests().last?.path.split(separator: "seed=").last)
            let whole = try await server.drive(#""seed": "\#(sent)", "results": 100, "max.records": 250"#)
            #expect(try await whole.run())
            #expect(first.lines + second.lines == whole.lines)
        }
    }

    @Test("a finished run stays finished")
    func finished() async throws {
        let server = try StandIn("randomuser_stand_in")
        let first = try await server.drive(#""max.records": 5"#)
        #expect(try await first.run())
        let second = try await server.drive(#""max.records": 5"#, positions: first.positions)
        #expect(try await second.poll() == .finished)
        #expect(second.lines.isEmpty)
    }

    @Test("a run ends after its time")
    func duration() async throws {
        let server = try StandIn("randomuser_stand_in")
        let driver = try await server.drive(#""records.per.second": 2, "max.duration.ms": 10000"#)
        #expect(try await driver.run())
        #expect(driver.lines.count == 20)
    }

    @Test("nationality, gender and fields are asked for")
    func narrowing() async throws {
        let server = try StandIn("randomuser_stand_in")
        let driver = try await server.drive(
            #""nat": "FR,nl", "gender": "female", "inc": "gender,nat", "results": 40, "max.records": 40"#)
        #expect(try await driver.run())
        #expect(driver.lines.allSatisfy { $0.contains(#""gender":"female""#) && !$0.contains("email") })
        #expect(Set(driver.lines.map { $0.contains(#""nat":"FR""#) }) == [true, false])
        #expect(try server.requests().last?.path.contains("seed=") == false)
    }

    @Test("the service's errors are retriable with a wait, in a 429 or in a 200, and nothing is lost by them")
    func errors() async throws {
        let server = try StandIn("randomuser_stand_in")
        let whoa = #"{\"error\":\"Uh oh, something has gone wrong.\"}"#
        try server.control(
            #"""
            {"faults": [{"kind": "status", "status": 200, "body": "\#(whoa)"},
                        {"kind": "status", "status": 429, "body": "\#(whoa)"},
                        {"kind": "status", "status": 429, "headers": {"Retry-After": "9"}},
                        {"kind": "status", "status": 200, "body": "{}"}, {"kind": "status", "status": 200, "body": "<html>"}]}
            """#)
        let driver = try await server.drive(#""results": 10, "max.records": 20"#)
        for wait in [60, 60, 9, 60, 60] {
            let error = await #expect(throws: ConnectorError.self) { try await driver.poll() }
            #expect(error?.kind == .retriable)
            #expect(error?.retryAfter == .seconds(wait))
        }
        #expect(try await driver.run())
        #expect(driver.lines.count == 20)
    }

    @Test("a page without users is no end: it is asked for again, and nothing is left out")
    func emptyPage() async throws {
        let server = try StandIn("randomuser_stand_in")
        let empty = #"{\"results\":[],\"info\":{}}"#
        try server.control(#"{"faults": [{"kind": "status", "status": 200, "body": "\#(empty)", "times": 3}]}"#)
        let driver = try await server.drive(#""seed": "s", "results": 10, "max.records": 20"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.isEmpty && driver.pauses == [.seconds(60)])
        #expect(try await driver.run())
        #expect(driver.lines.count == 20 && driver.pauses.count == 3)
        #expect(driver.log.messages.contains { $0.contains("without users") })
    }

    @Test("over its quota the service refuses")
    func quota() async throws {
        let server = try StandIn("randomuser_stand_in", ["--quota", "200"])
        let driver = try await server.drive(#""results": 100"#)
        let error = await #expect(throws: ConnectorError.self) { try await driver.run() }
        #expect(error?.native == "HTTP 429")
        #expect(driver.lines.count == 200)
    }

    @Test(
        "other failures have their kind",
        arguments: [
            ("500", "retriable"), ("404", "configuration"), ("418", "fatal"), ("reset:2", "retriable"),
            ("garbage", "retriable"),
        ])
    func failures(_ fault: String, _ kind: String) async throws {
        let server = try StandIn("randomuser_stand_in", ["--fault", fault])
        let driver = try await server.drive()
        let error = await #expect(throws: ConnectorError.self) { try await driver.poll() }
        #expect(error?.kind.rawValue == kind)
    }

    @Test("the check asks for one user")
    func check() async throws {
        let server = try StandIn("randomuser_stand_in", ["--fault", "503"])
        let source = try #require(manifest.sources.first)
        let check = try #require(source.check)
        let values = try ConfigValues(json: #"{"endpoint": "\#(server.url())"}"#, definition: source.config)
        await #expect(throws: ConnectorError.self) { try await check(values) }
        try await check(values)
        #expect(try server.requests().last?.path == "/api/1.4/?results=1&page=1")
    }
}

extension StandIn {
    /// Starts the source against this server.
    func drive(_ settings: String = "", positions: [Position] = []) async throws -> SourceDriver {
        let source = try #require(manifest.sources.first)
        let json = #"{"endpoint": "\#(url())"\#(settings.isEmpty ? "" : ", " + settings)}"#
        return try await SourceDriver(source, json, positions: positions)
    }
}
