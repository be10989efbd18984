import ConnectorKit
import HTTPClient

/// Asks for pages when they are needed and passes their users on within pace and bounds.
final class RandomUserReader {
    private let config: RandomUserConfig
    private let client: RandomUserClient
    private let log: Log
    private let clock: WorkerClock
    private let progress: SourceProgress
    private let partition: PositionFields
    private let end: Duration?
    private var cursor: UserCursor
    private var pace: Pace?
    private var page = UserPage()

    init(_ config: RandomUserConfig, _ context: SourceContext) throws {
        self.config = config
        let cancellation = HTTPCancellation()
        context.stop.onRequest { @Sendable in cancellation.cancel() }
        client = try RandomUserClient(config, cancellation: cancellation)
        log = context.log
        clock = context.clock
        progress = context.progress
        partition = UserCursor.partition(config)
        end = config.maxDuration.map { context.clock.monotonic + $0 }
        // Sixteen characters, as the service draws them itself.
        let drawn = String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
        cursor = UserCursor(config, offset: context.offset(of: partition), drawn: drawn)
        pace = config.rate.map(Pace.init(rate:))
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        let now = clock.monotonic
        let room = min(BatchLimit.records, (config.maxRecords ?? .max) - cursor.count)
        guard room > 0, end.map({ now < $0 }) ?? true else { return .finished }
        let allowed = pace?.allowed(at: now, most: room) ?? room
        guard allowed > 0 else { return .idle(pause(at: now)) }
        guard try load() else { return .idle(pauseWithoutUsers(at: now)) }
        return try pass(allowed, at: now, to: &batch)
    }

    /// Until the next record may go; at least 20 ms, so that a high pace goes in batches and not record by record.
    private func pause(at now: Duration) -> Duration {
        let wait = max(pace?.wait(at: now) ?? .zero, .milliseconds(20))
        return end.map { min(wait, $0 - now) } ?? wait
    }

    /// The service makes users of any page, so one without users is asked for again.
    private func pauseWithoutUsers(at now: Duration) -> Duration {
        log.warning("the service sent a page without users, which is asked for again", ("page", "\(cursor.page)"))
        return end.map { min(RandomUserClient.pause, $0 - now) } ?? RandomUserClient.pause
    }

    /// Makes sure that a page is at hand; false when the service sent none.
    private func load() throws -> Bool {
        guard page.count == 0 else { return true }
        let body = try client.page(
            cursor.page, seed: cursor.sentSeed, results: config.results, now: clock.now / 1000)
        try page.read(body)
        return page.count > 0
    }

    private func pass(_ allowed: Int, at now: Duration, to batch: inout RecordBatch) throws -> Poll {
        let first = min(cursor.index, page.count)
        let last = min(page.count, first + allowed)
        try page.append(first..<last, flatten: config.flatten, topic: config.topic, to: &batch)
        cursor.passed(last - first)
        pace?.used(last - first, at: now)
        if last == page.count {
            cursor.pageEnded()
            page.removeAll()
        }
        batch.mark(Position(partition: partition, offset: cursor.offset))
        progress.update(done: cursor.count, total: config.maxRecords)
        return .more
    }
}
