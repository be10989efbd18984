import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import RandomUserConnector

@Suite("Flat users", .ownThread, .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct FlatUserTests {
    /// Starts a stand-in that replays one user, and returns the flat record.
    private func flat(_ user: String) async throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try #"{"results":[\#(user)]}"#.write(to: file, atomically: true, encoding: .utf8)
        let server = try StandIn("randomuser_stand_in", ["--data", file.path])
        let driver = try await server.drive(#""flatten": true"#)
        #expect(try await driver.runUntilIdle())
        return try #require(driver.lines.first)
    }

    @Test("a user of the present version becomes twelve fields")
    func present() async throws {
        let user = #"""
            {"gender":"male","name":{"title":"Mr","first":"Barış","last":"El \"x\""},"location":{"street":{"number":35,
            "name":"Atatürk Sk"},"city":"Kırşehir","state":"Ankara","country":"Turkey","postcode":47771},
            "email":"b@example.com","login":{"uuid":"25e50716-5417-4abf-83cb-807952a22202","username":"panda"},
            "dob":{"date":"1948-03-06T02:00:19.202Z","age":76},"registered":{"date":"2011-08-25T22:29:42.799Z","age":13},
            "phone":"(316)","picture":{"large":"l","medium":"m"},"nat":"TR"}
            """#
        #expect(
            try await flat(user) == #"""
                {"id":"25e50716-5417-4abf-83cb-807952a22202","first_name":"Barış","last_name":"El \"x\"",
                """#.replacing("\n", with: "")
                + #""gender":"male","address":"35 Atatürk Sk, Kırşehir, Ankara, Turkey","post_code":47771,"#
                + #""email":"b@example.com","username":"panda","dob":"1948-03-06T02:00:19.202Z","#
                + #""registered_date":"2011-08-25T22:29:42.799Z","phone":"(316)","picture":"m"}"#)
    }

    @Test(
        "a post code stays the number or the text that it was", arguments: ["47771", "\"AB1 2CD\"", "\"007\"", "null"])
    func postCode(_ code: String) async throws {
        #expect(try await flat(#"{"location":{"postcode":\#(code)}}"#).contains(#""post_code":\#(code),"#))
    }

    @Test("an old user, a bare one and a strange one still become twelve fields")
    func others() async throws {
        let old = try await flat(#"{"dob":"1990-01-01","location":{"street":"1 High St","city":"X"}}"#)
        #expect(old.contains(#""dob":"1990-01-01""#))
        #expect(old.contains(#""address":"1 High St, X, , ""#))
        let bare = try await flat("{}")
        #expect(bare.contains(#""email":null"#))
        let strange = try await flat(#"{"name":7,"login":[],"picture":{"medium":{}},"dob":{"age":1}}"#)
        #expect(strange.contains(#""picture":null"#) && strange.contains(#""dob":null"#))
    }

    @Test("without a UUID of its own a user gets one made of it, the same every time")
    func stableID() async throws {
        let pattern = /"id":"([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"/
        let one = try #require(try await flat(#"{"email":"a"}"#).firstMatch(of: pattern)).1
        #expect(try await flat(#"{"email":"a"}"#).contains(one))
        #expect(try await !flat(#"{"email":"b"}"#).contains(one))
    }

    @Test(
        "111 captured users keep both kinds of post code",
        .enabled(if: TestData.isAvailable, Comment(rawValue: TestData.absence)))
    func captured() async throws {
        let file = TestData.path("randomuser/randomuser-v1.4-111.codeacademyuz.json")
        let server = try StandIn("randomuser_stand_in", ["--data", file])
        let driver = try await server.drive(#""flatten": true, "results": 50"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.count == 111)
        #expect(driver.lines.filter { $0.contains(#""post_code":""#) }.count == 22)
        #expect(driver.lines.allSatisfy { !$0.contains("null") })
    }
}
