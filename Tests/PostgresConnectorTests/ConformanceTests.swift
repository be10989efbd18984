import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "The postgres connector keeps the contract", .ownThread, .serialized,
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct ConformanceTests {
    @Test("of a sink that upserts", .timeLimit(.minutes(15)), arguments: SinkCheck.all)
    func upserts(_ check: SinkCheck) async throws {
        let keyed = #""insert.mode":"upsert","pk.mode":"record_key","pk.fields":"id","delete.enabled":true"#
        try await check.run(on: PostgresSinkSubject(settings: keyed, tombstones: .delete))
    }

    @Test("of a sink that inserts", .timeLimit(.minutes(15)), arguments: SinkCheck.all)
    func inserts(_ check: SinkCheck) async throws {
        try await check.run(on: PostgresSinkSubject(settings: #""insert.mode":"insert""#, tombstones: .refused))
    }
}

private struct PostgresSinkSubject: SinkSubject {
    let definition = PostgresSink.definition
    let settings: String
    let tombstones: SinkTraits.Tombstones

    var traits: SinkTraits {
        var traits = SinkTraits()
        traits.tombstones = tombstones
        traits.keepsKeys = tombstones == .delete
        traits.mixesNullAndAbsent = true
        traits.storesPositions = true
        traits.claimsPartitions = true
        traits.refused = #"{"id":4,"name":"a\u0000b"}"#
        traits.unreachable = #"{"connection.url":"postgresql://sluice:open%20sesame@127.0.0.1:1/none"}"#
        traits.secrets = ["secret", "open sesame", "open%20sesame"]
        return traits
    }

    func makePlace() async throws -> any SinkPlace { try Table(settings) }
}

private final class Table: SinkPlace, @unchecked Sendable {
    // `@unchecked`: a check makes one call at a time.
    private let database: Database
    private let keyed: String
    let topic: String? = "t"

    init(_ settings: String) throws {
        database = try Database()
        keyed = settings
    }

    var settings: String {
        #"{"connection.url":"\#(database.url)","table.name.format":"t","auto.create":true,"auto.evolve":true,\#(keyed)}"#
    }

    func records() async throws -> [SampleRecord] {
        guard try database.value("SELECT to_regclass('t')") != nil else { return [] }
        return try database.run("SELECT id, to_jsonb(t) FROM t").map {
            SampleRecord(key: $0[0], value: $0[1] ?? "null")
        }
    }
}
