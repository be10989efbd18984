import ConnectorKit

/// The connector's numbers, looked up once.
struct GitHubMetrics: Sendable {
    /// Finished reads of a feed, unchanged ones included.
    let polls: Counter
    /// Polls answered with 304.
    let unchangedPolls: Counter
    let pages: Counter
    /// Events passed on.
    let events: Counter
    /// Events met again.
    let duplicates: Counter
    /// Polls that met nothing known: events may have passed unseen before them.
    let possibleGaps: Counter
    let rateLimited: Counter
    /// Requests that failed otherwise.
    let feedFailures: Counter
    /// Feeds that pause since their last request failed.
    let failingFeeds: Counter
    /// Requests left in the present window.
    let budget: Counter

    init(_ metrics: Metrics) {
        polls = metrics.counter("github_polls")
        unchangedPolls = metrics.counter("github_unchanged_polls")
        pages = metrics.counter("github_pages")
        events = metrics.counter("github_events")
        duplicates = metrics.counter("github_duplicates")
        possibleGaps = metrics.counter("github_possible_gaps")
        rateLimited = metrics.counter("github_rate_limited")
        feedFailures = metrics.counter("github_feed_failures")
        failingFeeds = metrics.counter("github_failing_feeds")
        budget = metrics.counter("github_rate_limit_remaining")
    }
}
