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
    /// What any feed has met; nil where events that feeds share are passed on by each.
    private var shared: SeenEvents?
    /// Nothing is asked before this moment of the monotonic clock: a limit of the budget, which all feeds share.
    private var gate = Duration.zero
    /// Requests refused for a limit since the last answer, of whatever feed.
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
        if config.deduplicates {
            var seen = SeenEvents(capacity: config.seenEvents * feeds.count)
            for feed in feeds { seen.insert(all: feed.seen) }
            shared = seen
        }
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        let now = clock.monotonic
        let open = feeds.indices.filter { feeds[$0].polls < config.maxPolls ?? .max }
        guard let index = nextFeed(of: open, at: now) else { return .finished }
        // Where every feed fails the worker waits between two tries.
        let ready = isOutage(of: open) ? gate : max(gate, feeds[index].due)
        if ready > now { return .idle(ready - now) }
        // Changed on a copy: a failure must leave the reading place where it was.
        var feed = feeds[index]
        let limit: GitHubClient.Limit?
        do {
            limit = try advance(&feed, into: &batch)
        } catch {
            batch.reset()
            try pause(index, try GitHubClient.failure(error), besides: open)
            return .more
        }
        if let limit { try wait(limit, index, besides: open) } else { read(feed, at: index) }
        return .more
    }

    /// The feed within a walk, else the one that has waited longest; nil when all have had their polls.
    private func nextFeed(of open: [Int], at now: Duration) -> Int? {
        if let walking = open.first(where: { feeds[$0].isWalking && feeds[$0].due <= now }) { return walking }
        let passing =
            isOutage(of: open) ? open.filter { feeds[$0].due <= now || feeds[$0].outage?.isPassing == true } : []
        return (passing.isEmpty ? open : passing).min { feeds[$0].due < feeds[$1].due }
    }

    /// Whether none of these feeds is read.
    private func isOutage(of open: [Int]) -> Bool { open.allSatisfy { feeds[$0].outage != nil } }

    /// Leaves a feed alone for a while.
    ///
    /// - Throws: The failure, when no other feed goes on or may soon.
    private func pause(_ index: Int, _ error: ConnectorError, besides open: [Int]) throws(ConnectorError) {
        let outage = feeds[index].failed(error, now: clock.monotonic)
        metrics.feedFailures.add()
        metrics.failingFeeds.set(feeds.count { $0.outage != nil })
        if isOutage(of: open), outage.isPassing || !open.contains(where: { feeds[$0].outage?.isPassing == true }) {
            // What could be read before may come back, as a repository that was made public again.
            throw outage.isPassing || !open.contains(where: { feeds[$0].wasRead })
                ? error : .retriable(error.message, after: outage.pause, native: error.native)
        }
        log.warning(
            "a feed cannot be read and pauses; the others go on", ("feed", feeds[index].feed.path),
            ("reason", error.message), ("failures", "\(outage.attempts)"),
            ("seconds", "\(outage.pause.components.seconds)"))
    }

    /// Takes over how far a feed has been read.
    private func read(_ feed: FeedState, at index: Int) {
        feeds[index] = feed
        feeds[index].answered()
        guard let outage = feed.outage else { return }
        metrics.failingFeeds.set(feeds.count { $0.outage != nil })
        log.info(
            "a feed that failed is read again", ("feed", feed.feed.path), ("failures", "\(outage.attempts)"))
    }

    /// Asks for the next page of a feed; gives the limit when one is reached.
    private func advance(_ feed: inout FeedState, into batch: inout RecordBatch) throws -> GitHubClient.Limit? {
        let isFirst = feed.next == nil
        let url = try feed.next ?? client.firstPage(of: feed.feed)
        let answer = try client.get(
            url, etag: feed.requestETag, isFirst: isFirst, attempt: feed.refusals, now: clock.now / 1000)
        if case .limited(let limit) = answer { return limit }
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
        return nil
    }

    private func read(_ page: GitHubClient.Page, _ feed: inout FeedState, into batch: inout RecordBatch) throws {
        var (met, new) = (0, [] as [UInt64])
        try events.append(page.body, of: feed.feed, to: &batch) { hash in
            met += 1
            guard feed.met(hash), shared?.contains(hash) != true else { return false }
            new.append(hash)
            return true
        }
        for hash in new { _ = shared?.insert(hash) }
        metrics.pages.add()
        metrics.events.add(new.count)
        metrics.duplicates.add(met - new.count)
        if let remaining = page.budget.remaining { metrics.budget.set(Int(clamping: remaining)) }
        if let pause = page.pause { gate = clock.monotonic + pause }
        let walk = feed.pageEnded(page, least: config.pollInterval, now: clock.monotonic)
        if let walk { report(walk, feed) }
        batch.mark(feed.position)
    }

    /// Waits a limit out: with all feeds when it is of the budget or a second feed meets it too, else with this one.
    private func wait(_ limit: GitHubClient.Limit, _ index: Int, besides open: [Int]) throws(ConnectorError) {
        refusals += 1
        metrics.rateLimited.add()
        let until = clock.monotonic + limit.wait
        feeds[index].limited(until: until)
        let isOfAll = limit.isOfBudget || refusals > 1 || open.count == 1
        if isOfAll { gate = until }
        let feed = feeds[index]
        guard !isOfAll || feed.refusals <= Self.maximumRefusals else {
            throw ConnectorError.retriable(
                "GitHub refused GET \(feed.feed.path) for its rate limit \(feed.refusals) times in a row, each wait obeyed; use "
                    + "fewer feeds or a token of one's own.", after: limit.wait)
        }
        log.warning(
            "rate limit reached, waiting", ("feed", feed.feed.path), ("seconds", "\(limit.wait.components.seconds)"),
            ("feeds", isOfAll ? "all" : "this one"))
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
