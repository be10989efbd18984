import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("The PostgreSQL source keeps the contract", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SourceConformanceTests {
    @Test(
        "in each mode", .timeLimit(.minutes(15)), arguments: SourceCheck.all,
        [
            #""mode":"incrementing","incrementing.column.name":"id""#,
            #""mode":"timestamp+incrementing","timestamp.column.name":"at","incrementing.column.name":"id""#,
        ])
    func source(_ check: SourceCheck, _ mode: String) async throws { try await check.run(on: TableSubject(mode: mode)) }
}

private struct TableSubject: SourceSubject {
    let definition = PostgresSource.definition
    let mode: String

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.unreachable =
            #"{"connection.url":"host=/tmp/no-such-folder password=hunter2","mode":"bulk","query":"SELECT 1"}"#
        traits.secrets = ["hunter2", "secret"]
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { try Table(records, mode) }
}

/// Each record in a column of type json, which keeps it as it is.
private final class Table: SourcePlace, @unchecked Sendable {
    // `@unchecked`: the database is used in `init` alone.
    let expected: [SampleRecord]
    let settings: String
    private let database: Database

    init(_ records: [SampleRecord], _ mode: String) throws {
        database = try Database()
        try database.run("CREATE TABLE t (id int, at timestamptz, v json)")
        var expected: [SampleRecord] = []
        for (id, record) in records.enumerated() {
            try database.observer.run(
                "INSERT INTO t VALUES ($1, '2024-01-01 00:00:00+00'::timestamptz + $1::int / 3 * interval '1 s', $2)",
                [String(id), record.value])
            let time = try database.value(
                "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM t WHERE id = \(id)")
            expected.append(SampleRecord(value: "{\"id\":\(id),\"at\":\"\(time ?? "")\",\"v\":\(record.value)}"))
        }
        self.expected = expected
        settings = "{\"connection.url\":\"\(database.url)\",\"table.whitelist\":\"t\",\"follow\":false,\(mode)}"
    }
}
