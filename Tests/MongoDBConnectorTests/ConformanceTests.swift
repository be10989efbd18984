import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "The mongodb connector keeps the contract", .ownThread, .serialized,
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct ConformanceTests {
    @Test("of a sink with keys", .timeLimit(.minutes(15)), arguments: SinkCheck.all)
    func keyed(_ check: SinkCheck) async throws {
        let keyed = #""document.id.strategy":"full_key","delete.on.null.values":true"#
        try await check.run(on: MongoDBSinkSubject(settings: keyed, tombstones: .delete, storesPositions: true))
    }

    @Test("of a sink that inserts at once", .timeLimit(.minutes(15)), arguments: SinkCheck.all)
    func direct(_ check: SinkCheck) async throws {
        let direct = #""writemodel.strategy":"insert","exactly.once.support":"disabled""#
        try await check.run(on: MongoDBSinkSubject(settings: direct, tombstones: .refused, storesPositions: false))
    }

    @Test("of a source", .timeLimit(.minutes(15)), arguments: SourceCheck.all)
    func source(_ check: SourceCheck) async throws { try await check.run(on: MongoDBSourceSubject()) }
}

private let unreachable =
    #"{"connection.uri":"mongodb://sluice:open%20sesame@127.0.0.1:1/","database":"d","connection.timeout.ms":500}"#
private let secrets = ["open sesame", "open%20sesame"]

private struct MongoDBSinkSubject: SinkSubject {
    let definition = MongoDBSink.definition
    let settings: String
    let tombstones: SinkTraits.Tombstones
    let storesPositions: Bool

    var traits: SinkTraits {
        var traits = SinkTraits()
        traits.tombstones = tombstones
        traits.keepsKeys = tombstones == .delete
        traits.storesPositions = storesPositions
        traits.claimsPartitions = storesPositions
        traits.refused = #"{"id":4,"a\u0000b":1}"#
        traits.unreachable = unreachable
        traits.secrets = secrets
        return traits
    }

    func makePlace() async throws -> any SinkPlace { try Collection(settings) }
}

private struct MongoDBSourceSubject: SourceSubject {
    let definition = MongoDBSource.definition

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.readsKeys = true
        traits.unreachable = unreachable
        traits.secrets = secrets
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { try FilledCollection(records) }
}

private final class Collection: SinkPlace, @unchecked Sendable {
    // `@unchecked`: a check makes one call at a time.
    private let database: Database
    private let more: String
    let topic: String? = "t"

    init(_ settings: String) throws {
        database = try Database()
        more = settings
    }

    var settings: String { #"{"connection.uri":"\#(database.server.uri)","database":"\#(database.name)",\#(more)}"# }

    func records() async throws -> [SampleRecord] {
        var records: [SampleRecord] = []
        try database.observer.find("t", BSONDocument.empty, options: BSONDocument.empty) {
            document throws(ServerError) in
            var (key, value) = (DocumentJSON(), DocumentJSON())
            if let id = document["_id"] { key.write(id) }
            value.write(document)
            let text = String(decoding: value.text, as: UTF8.self)
            let id = String(decoding: key.text, as: UTF8.self)
            records.append(SampleRecord(key: id, value: "{" + text.dropFirst("{\"_id\":\(id),".count)))
        }
        return records
    }
}

/// Documents with the numbers of their records for `_id`.
private final class FilledCollection: SourcePlace, @unchecked Sendable {
    // `@unchecked`: nothing changes after `init`.
    private let database: Database
    let expected: [SampleRecord]

    init(_ records: [SampleRecord]) throws {
        let database = try Database()
        self.database = database
        expected = records.enumerated().map { index, record in
            SampleRecord(key: "{\"_id\":\(index)}", value: "{\"_id\":\(index)," + record.value.dropFirst())
        }
        for record in expected { try database.run("{\"insert\":\"t\",\"documents\":[\(record.value)]}") }
        // What follows the copy begins with the latest write there is, which must be none of these.
        try database.run(#"{"insert":"other","documents":[{}]}"#)
    }

    var settings: String {
        #"{"connection.uri":"\#(database.server.uri)","database":"\#(database.name)","collection":"t","#
            + #""startup.mode":"copy_existing","publish.full.document.only":true,"follow":false,"poll.await.time.ms":50}"#
    }
}
