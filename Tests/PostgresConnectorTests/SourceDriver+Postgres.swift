import ConnectorKit
import ConnectorTestKit
import TestSupport

@testable import PostgresConnector

extension SourceDriver {
    /// A started source of a database.
    convenience init(_ database: Database, _ settings: String, positions: [Position] = []) async throws {
        let json = "{\"connection.url\":\"\(database.url)\",\"timestamp.delay.interval.ms\":0,\(settings)}"
        try await self.init(PostgresSource.definition, json, positions: positions)
    }

    /// Polls until the source has finished, over errors that the worker would retry; gives those.
    func runRetrying() async throws -> [ConnectorError] {
        var failures: [ConnectorError] = []
        while failures.count < 20 {
            do {
                if try await run() { return failures }
            } catch let error as ConnectorError where error.kind == .retriable {
                failures.append(error)
            }
        }
        return failures
    }
}
