import ConnectorKit
import HTTPClient

/// How far one feed has been read: decides what to ask next and what a position must hold; does no I/O.
struct FeedState: Sendable {
    /// What one poll, a walk over all pages, has met so far.
    struct Walk: Sendable, Hashable {
        var pages = 0
        var new = 0
        var known = 0
        /// Whether it began at the first page, and not where a restart took it up.
        var isWhole = false
        /// Of the first page; kept back until the last page is read, since with it stored a restart skips the rest.
        var etag: String?
    }

    let feed: Feed
    private(set) var seen: SeenEvents
    private(set) var walk = Walk()
    /// The page to read next within a walk; nil begins a walk at the first page.
    private(set) var next: HTTPURL?
    /// Finished walks since the start.
    private(set) var polls = 0
    /// When the next walk may begin, on the monotonic clock.
    private(set) var due = Duration.zero
    /// Why it is not read for now; nil when it is.
    private(set) var outage: FeedOutage?
    /// Refusals for a limit in a row.
    private(set) var refusals = 0
    private var etag: String?
    /// As the server said last.
    private var serverInterval = Duration.zero
    private let isFirstEver: Bool

    /// A server whose links run in a circle must not keep a walk going for ever.
    static let maximumPages = 10_000

    /// Continues where the stored offset ends; a page at another server than `endpoint` is forgotten.
    init(_ feed: Feed, offset: PositionFields?, capacity: Int, endpoint: HTTPURL) {
        self.feed = feed
        let stored = offset?["seen"]?.string.flatMap { SeenEvents(encoded: $0, capacity: capacity) }
        isFirstEver = stored == nil
        seen = stored ?? SeenEvents(capacity: capacity)
        next = offset?["next"]?.string.flatMap { try? HTTPURL($0) }.flatMap { $0.origin == endpoint.origin ? $0 : nil }
        // Without what was seen, "unchanged" would hide events that were never passed on.
        etag = stored == nil ? nil : offset?["etag"]?.string
        walk.etag = next == nil ? nil : offset?["walk.etag"]?.string
    }

    /// To send with the request for ``next``; only the first page has one.
    var requestETag: String? { next == nil ? etag : nil }

    /// What a position covers: everything passed on so far.
    var position: Position {
        var fields: [String: PositionValue] = ["seen": .string(seen.encoded)]
        if let etag { fields["etag"] = .string(etag) }
        if let next {
            fields["next"] = .string(next.text)
            // A restart in the middle of a walk ends it with the ETag that the walk began with.
            if let begun = walk.etag { fields["walk.etag"] = .string(begun) }
        }
        return Position(partition: feed.partition, offset: PositionFields(fields))
    }

    /// Notes an event of the page that is being read; true when it is new.
    mutating func met(_ hash: UInt64) -> Bool {
        let isNew = seen.insert(hash)
        if isNew { walk.new += 1 } else { walk.known += 1 }
        return isNew
    }

    /// Notes that every event of a page was met; returns the finished walk when it was the last page.
    mutating func pageEnded(_ page: GitHubClient.Page, least: Duration, now: Duration) -> Walk? {
        if next == nil {
            walk.etag = page.etag
            walk.isWhole = true
        }
        walk.pages += 1
        obey(page.pollInterval)
        guard let following = page.next, following != next, walk.pages < Self.maximumPages else {
            return walkEnded(least: least, now: now)
        }
        next = following
        etag = nil
        return nil
    }

    /// Notes that there are no more pages; the next walk begins after the longer of both intervals.
    mutating func walkEnded(least: Duration, now: Duration) -> Walk {
        defer { walk = Walk() }
        etag = walk.etag
        finishPoll(least, now)
        return walk
    }

    /// Notes that the feed is as it was.
    mutating func unchanged(pollInterval: Duration?, least: Duration, now: Duration) {
        obey(pollInterval)
        finishPoll(least, now)
    }

    /// Notes that a request failed: the reading place stays where it was.
    mutating func failed(_ error: ConnectorError, now: Duration) -> FeedOutage {
        let outage = FeedOutage(error: error, attempts: (outage?.attempts ?? 0) + 1)
        self.outage = outage
        due = now + outage.pause
        return outage
    }

    /// Notes that a request was answered: the rest of its walk is due at once.
    mutating func answered() {
        (outage, refusals) = (nil, 0)
        if next != nil { due = .zero }
    }

    /// Notes that a request was refused for a limit.
    mutating func limited(until end: Duration) {
        refusals += 1
        due = end
    }

    /// Whether it could be read once, in this run or before.
    var wasRead: Bool { !isFirstEver || polls > 0 || next != nil }

    /// Whether a page is to be read next that is not the first.
    var isWalking: Bool { next != nil && outage == nil }

    /// Whether a finished walk met nothing known although something was known before: events may lie between.
    func isPossibleGap(_ walk: Walk) -> Bool {
        walk.isWhole && walk.new > 0 && walk.known == 0 && !(isFirstEver && polls == 1)
    }

    /// An answer without an interval leaves the last one standing.
    private mutating func obey(_ pollInterval: Duration?) { serverInterval = pollInterval ?? serverInterval }

    private mutating func finishPoll(_ least: Duration, _ now: Duration) {
        next = nil
        polls += 1
        due = now + max(least, serverInterval)
    }
}
