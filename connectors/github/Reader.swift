import ConnectorKit
import HTTPClient

/// Asks for pages when they are due and turns them into records.
final class GitHubReader {
    private let config: GitHubConfig
    private let client: GitHubClient
    private let log: Log
    private let clock: WorkerClock
    private let metrics: GitHubMetrics
    private var events: EventPage
    private var feeds: [FeedState]
    /// Nothing is asked before this moment of the monotonic clock: a limit counts for all feeds.
    private var gate = Duration.zero
    private var refusals = 0

    /// Eight waits that double from a minute make over two hours of being refused.
    private static let maximumRefusals = 8

    init(_ config: GitHubConfig, _ context: SourceContext) throws {
        self.config = config
        let cancellation = HTTPCancellation()
        context.stop.onRequest { @Sendable in cancellation.cancel() }
        client = try GitHubClient(config, cancellation: cancellation)
        log = context.log
        clock = context.clock
        metrics = GitHubMetrics(context.metrics)
        events = EventPage(topic: config.topic)
        feeds = context.task.share(of: config.feeds).map { feed in
            FeedState(
                feed, offset: context.offset(of: feed.partition), capacity: config.seenEvents,
                endpoint: config.endpoint)
        }
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        let now = clock.monotonic
        guard let index = nextFeed() else { return .finished }
        let ready = max(gate, feeds[index].due)
        if ready > now { return .idle(ready - now) }
        // Changed on a copy: a throw must leave the reading place where it was.
        var feed = feeds[index]
        try advance(&feed, into: &batch)
        feeds[index] = feed
        return .more
    }

    /// The feed within a walk, else the one that has waited longest; nil when all have had their polls.
    private func nextFeed() -> Int? {
        let open = feeds.indices.filter { feeds[$0].polls < config.maxPolls ?? .max }
        return open.first { feeds[$0].next != nil } ?? open.min { feeds[$0].due < feeds[$1].due }
    }

    private func advance(_ feed: inout FeedState, into batch: inout RecordBatch) throws {
        let isFirst = feed.next == nil
        let url = try feed.next ?? client.firstPage(of: feed.feed)
        let answer = try client.get(
            url, etag: feed.requestETag, isFirst: isFirst, attempt: refusals, now: clock.now / 1000)
        if case .limited(let time) = answer { return try wait(time, feed.feed) }
        refusals = 0
        switch answer {
        case .page(let page): try read(page, &feed, into: &batch)
        case .unchanged(let interval):
            feed.unchanged(pollInterval: interval, least: config.pollInterval, now: clock.monotonic)
            metrics.polls.add()
            metrics.unchangedPolls.add()
        case .ended:
            let walk = feed.walkEnded(least: config.pollInterval, now: clock.monotonic)
            report(walk, feed)
            batch.mark(feed.position)
        case .limited: break
        }
    }

    private func read(_ page: GitHubClient.Page, _ feed: inout FeedState, into batch: inout RecordBatch) throws {
        let before = feed.walk
        try events.append(page.body, of: feed.feed, to: &batch) { feed.met($0) }
        metrics.pages.add()
        metrics.events.add(feed.walk.new - before.new)
        metrics.duplicates.add(feed.walk.known - before.known)
        if let remaining = page.budget.remaining { metrics.budget.set(Int(clamping: remaining)) }
        if let pause = page.pause { gate = clock.monotonic + pause }
        let walk = feed.pageEnded(page, least: config.pollInterval, now: clock.monotonic)
        if let walk { report(walk, feed) }
        batch.mark(feed.position)
    }

    private func wait(_ time: Duration, _ feed: Feed) throws {
        refusals += 1
        metrics.rateLimited.add()
        gate = clock.monotonic + time
        guard refusals <= Self.maximumRefusals else {
            refusals = 0
            throw ConnectorError.fatal(
                "GitHub refused GET \(feed.path) for its rate limit \(Self.maximumRefusals + 1) times in a row, each wait "
                    + "obeyed; use fewer feeds or a token of one's own.")
        }
        log.warning("rate limit reached, waiting", ("feed", feed.path), ("seconds", "\(time.components.seconds)"))
    }

    private func report(_ walk: FeedState.Walk, _ feed: FeedState) {
        metrics.polls.add()
        log.info(
            "feed read", ("feed", feed.feed.path), ("pages", "\(walk.pages)"), ("new", "\(walk.new)"),
            ("known", "\(walk.known)"))
        guard feed.isPossibleGap(walk) else { return }
        metrics.possibleGaps.add()
        log.warning("no event of this poll was known, so events may lie between", ("feed", feed.feed.path))
    }
}
