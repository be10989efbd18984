import ConnectorKit

/// Reads the changes of a collection or a database, after what was there before.
final class MongoDBSource: Source {
    private var reader: ChangeReader?

    func start(_ context: SourceContext) async throws {
        reader = try ChangeReader(SourceConfig(context.config), context)
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let reader else { throw ConnectorError.fatal("the mongodb source was polled before its start") }
        return try reader.poll(into: &batch)
    }

    func stop() async { reader = nil }
}

extension MongoDBSource {
    /// Reaches the deployment, logs in and looks whether changes can be watched.
    static func check(_ values: ConfigValues) async throws {
        let config = SourceConfig(values)
        do throws(ServerError) {
            let server = try ServerFeatures(Client(config.connection))
            guard server.hasTransactions else { throw ServerFeatures.noChangeStreams }
        } catch {
            throw error.connectorError("connecting to MongoDB")
        }
    }
}

extension ServerFeatures {
    static let noChangeStreams = ServerError(
        "the server is no replica set and no sharded cluster, so it has no change streams; make it a replica set",
        .configuration)
}
