import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB document identities", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct IdentityTests {
    @Test("The _id comes from where document.id.strategy says")
    func ids() async throws {
        let database = try Database()
        for (index, (strategy, id)) in [
            ("object_id", "\"$oid\""), ("full_key", "{ \"k\" : \"x\" }"), ("provided_in_key", "\"x\""),
            ("provided_in_value", "\"y\""), ("position", "\"t#0#7\""), ("value_hash", "\"$binary\""),
        ].enumerated() {
            let field = strategy == "provided_in_key" ? "k" : "n.k"
            let run = try await SinkRun(
                database,
                "\"document.id.strategy\":\"\(strategy)\",\"document.id.field\":\"\(field)\",\"collection\":\"c\(index)\""
            )
            try await run.put(["{\"n\":{\"k\":\"y\"}}"], keys: ["{\"k\":\"x\"}"], offsets: [7])
            try await run.flush()
            let documents = try database.documents("c\(index)")
            #expect(documents.count == 1 && documents[0].hasPrefix("{ \"_id\" : "))
            #expect(documents.first?.contains(id) == true, "\(strategy): \(documents)")
        }
    }

    @Test("Of a name that comes twice the last counts, also at the top and for _id")
    func repeatedNames() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"document.id.strategy\":\"provided_in_value\"")
        try await run.put(["{\"_id\":1,\"a\":1,\"b\":{\"c\":1,\"c\":2},\"_id\":2,\"a\":3}"])
        try await run.flush()
        #expect(
            try database.documents("t").map { plain($0) } == ["{ \"_id\" : 2, \"b\" : { \"c\" : 2 }, \"a\" : 3 }"])
    }

    @Test("Equal values have one hash, other values another")
    func hashes() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"document.id.strategy\":\"value_hash\"")
        try await run.put(["{\"a\":1}", "{\"a\":2}", "{\"a\":1}"])
        try await run.flush()
        #expect(try database.count("t") == 2)
    }

    @Test("Names that come twice at every level take no longer than one level does")
    func repeatedNamesAtEveryLevel() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"document.id.strategy\":\"provided_in_value\"")
        let opened = String(repeating: "{\"x\":", count: 60)
        let value = opened + "1" + String(repeating: ",\"b\":1,\"b\":2}", count: 60)
        #expect(try await run.put(["{\"_id\":1,\"v\":\(value)}", "{\"_id\":2,\"a\":1,\"a\":2}"]).rejections.isEmpty)
        try await run.flush()
        #expect(try database.documents("t").map { plain($0).contains("\"b\" : 1") } == [false, false])
    }

    @Test("A record without an offset has no position for its _id, and is rejected")
    func noPosition() async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"document.id.strategy\":\"position\"")
        let report = try await run.put(["{\"n\":1}"], at: 1)
        #expect(report.rejections.map(\.recordIndex) == [0])
        #expect(report.rejections.first?.error.message.contains("offset") == true)
    }

    @Test("A document without fields has the hash of nothing, however it is written", arguments: ["upsert", "replace"])
    func emptyHash(_ strategy: String) async throws {
        let database = try Database()
        let run = try await SinkRun(
            database, "\"document.id.strategy\":\"value_hash\",\"writemodel.strategy\":\"\(strategy)\"")
        #expect(try await run.put(["{}"]).rejections.isEmpty)
        try await run.flush()
        // SHA-256 of no bytes begins with e3b0c442.
        #expect(try database.documents("t").first?.contains("47DEQpj8HBSa+/TImW+5JA==") == true)
    }

    @Test("Names that only look alike are two collections")
    func lookAlike() async throws {
        let database = try Database()
        let run = try await SinkRun(database)
        try await run.put(["{\"n\":1}"], topic: "\u{E9}")
        try await run.put(["{\"n\":2}"], topic: "e\u{301}")
        try await run.flush()
        #expect(try database.count("\u{E9}") == 1 && database.count("e\u{301}") == 1)
    }
}
