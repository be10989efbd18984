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
        let native = state.isEmpty ? nil : state
        switch state {
        case "42501":
            return .configuration(
                "\(what): \(message); grant the user SELECT on it and USAGE on its schema", native: native)
        case "25006":
            return .configuration(
                "\(what): \(message); a source only reads, so the query must not write", native: native)
        case "22023", "0A000": return .configuration("\(what): \(message)", native: native)
        default: break
        }
        if state.hasPrefix("42") {
            return .configuration("\(what): \(message); correct the names or the query in the settings", native: native)
        }
        switch meaning {
        case .lost, .undone, .busy: return .retriable("\(what): \(message)", native: native)
        case .configuration: return .configuration("\(what): \(message)", native: native)
        case .outdated, .badRow, .other: return .fatal("\(what): \(message)", native: native)
        }
    }
}
