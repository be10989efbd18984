import ConnectorKit
import HTTPClient

/// Reads the feeds of one task, one page with each poll.
final class GitHubSource: Source {
    private var reader: GitHubReader?

    func start(_ context: SourceContext) async throws {
        reader = try GitHubReader(GitHubConfig(context.config), context)
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

    /// Reads one event of each feed, to see that address, token and names are right.
    static func check(_ values: ConfigValues) throws {
        let config = try GitHubConfig(values)
        do {
            let client = try GitHubClient(config)
            for feed in config.feeds {
                let url = try client.firstPage(of: feed, size: 1)
                let now = WorkerClock.system.now / 1000
                _ = try client.get(url, etag: nil, isFirst: true, attempt: 0, now: now)
            }
        } catch let error as HTTPError {
            throw error.connectorError
        }
    }
}
