import ConnectorKit

/// Reads rows of tables or of a query as records.
final class PostgresSource: Source {
    private var reader: SourceReader?

    func start(_ context: SourceContext) async throws {
        do {
            reader = try SourceReader(SourceConfig(context.config), context)
        } catch let error as ServerError {
            throw error.readingError("connecting to PostgreSQL")
        }
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let reader else { throw ConnectorError.fatal("the postgres source was polled before its start") }
        return try reader.poll(into: &batch)
    }

    func stop() async {
        reader?.end()
        reader = nil
    }

    /// Reaches the database and has it plan what would be read.
    static func check(_ values: ConfigValues) throws {
        let config = SourceConfig(values)
        do {
            let connection = try Connection(config.connection)
            for target in try connection.resolved(config.targets) {
                let plan = ReadPlan(target, config)
                let (_, query) = try Pass.prepare(plan, after: nil, keys: config.keys, known: nil, over: connection)
                try connection.run("EXPLAIN \(query)", [])
                try connection.run("ROLLBACK")
            }
        } catch let error as ServerError {
            throw error.readingError("checking what would be read from PostgreSQL")
        }
    }
}

extension ServerError {
    /// What the worker is told of a failure to read, which leaves nothing behind.
    func readingError(_ what: String) -> ConnectorError {
        let advice = readingAdvice
        let kind: ConnectorError.Kind =
            switch meaning {
            case _ where advice != nil || state == "0A000": .configuration
            case .lost, .undone, .busy: .retriable
            case .configuration: .configuration
            case .outdated, .badRow, .other: .fatal
            }
        return ConnectorError(
            kind, "\(what): \(message)\(advice.map { "; \($0)" } ?? "")", detail: detail, native: native)
    }

    /// What to do about a query that is wrong; nil when a row is, or the server.
    private var readingAdvice: String? {
        switch state {
        case "22023": "correct what the query gives to a function"
        case _ where meaning == .badRow: nil
        case "42501": "grant the user SELECT on it and USAGE on its schema"
        case "25006": "a source only reads, so the query must not write"
        default: state.hasPrefix("42") ? "correct the names or the query in the settings" : nil
        }
    }
}
