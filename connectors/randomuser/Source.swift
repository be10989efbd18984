import ConnectorKit
import HTTPClient

/// Reads users page by page at the asked pace.
final class RandomUserSource: Source {
    private var reader: RandomUserReader?

    func start(_ context: SourceContext) async throws {
        reader = try RandomUserReader(RandomUserConfig(context.config), context)
    }

    func poll(into batch: inout RecordBatch) async throws -> Poll {
        guard let reader else { return .finished }
        do {
            return try reader.poll(into: &batch)
        } catch let error as HTTPError {
            // The worker has asked for the end and does not poll again.
            if error.kind == .cancelled { return .idle(.seconds(1)) }
            throw error.connectorError
        }
    }

    func stop() async { reader = nil }

    /// Asks for one user.
    static func check(_ values: ConfigValues) throws {
        let config = try RandomUserConfig(values)
        do {
            let body = try RandomUserClient(config)
                .page(1, seed: config.seed, results: 1, now: WorkerClock.system.now / 1000)
            var page = UserPage()
            try page.read(body)
        } catch let error as HTTPError {
            throw error.connectorError
        }
    }
}
