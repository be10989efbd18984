import ConnectorKit
import HTTPClient

/// The checked settings of the `github` source.
struct GitHubConfig: Sendable {
    static let repositories = Setting<[String]>.list(
        "repositories", "Repositories to read, as `owner/name`. With no list at all the public feed is read."
    ).defaulting(to: []).example("apache/kafka,swiftlang/swift").group("What to read")
        .checked { fault(in: $0, "repositories", parts: 2, expected: "owner/name") }
    static let organizations = Setting<[String]>.list("organizations", "Organizations whose public events to read.")
        .defaulting(to: []).example("apache").group("What to read")
        .checked { fault(in: $0, "organizations", parts: 1, expected: "the name of an organization") }
    static let users = Setting<[String]>.list("users", "Users whose public events to read.")
        .defaulting(to: []).example("octocat").group("What to read")
        .checked { fault(in: $0, "users", parts: 1, expected: "the name of a user") }
    static let topic = Setting<String>.string("topic", "The topic of every record.").defaulting(to: "github-events")
        .group("Records")
    static let token = Setting<Secret>.password(
        "auth.token", "A token; it raises the limit from 60 to 5000 requests an hour. Empty counts as absent."
    ).optional.group("Connection")
    static let endpoint = Setting<String>.httpAddress("endpoint", "The API, for GitHub Enterprise or a stand-in.")
        .defaulting(to: "https://api.github.com").group("Connection")
    static let timeout = Setting<Duration>.duration(
        "request.timeout.ms", in: .milliseconds(1) ... .seconds(600), "How long one request may take."
    ).defaulting(to: .seconds(30)).group("Connection")
    static let pollInterval = Setting<Duration>.duration(
        "poll.interval.ms",
        "Least time between two polls of a feed; a longer `X-Poll-Interval` of the server goes before it."
    ).defaulting(to: .seconds(60)).group("Polling")
    static let maxPolls = Setting<Int>.int(
        "max.polls", in: 1...Int.max, "Polls of each feed before the task ends; without it the task goes on for ever."
    ).optional.group("Polling")
    static let seenEvents = Setting<Int>.int(
        "seen.events.max", in: 300...20_000,
        "Events of each feed remembered, to pass none on twice; the oldest is forgotten first. Each takes 11 bytes of the stored position."
    ).defaulting(to: 2000).group("Polling")

    static let deduplicate = Setting<Bool>.bool(
        "deduplicate.across.feeds",
        "Whether an event that several feeds show, as those of a repository and of its organization, is passed on once, by the "
            + "feed that shows it first. All feeds are then read by one task."
    ).defaulting(to: false).group("Records")

    static let definition = ConfigDefinition([
        repositories, organizations, users, topic, deduplicate, token, endpoint, timeout, pollInterval, maxPolls,
        seenEvents,
    ])

    let feeds: [Feed]
    let topic: String
    let token: Secret?
    let endpoint: HTTPURL
    let timeout: Duration
    let pollInterval: Duration
    let maxPolls: Int?
    let seenEvents: Int
    let deduplicates: Bool

    init(_ values: ConfigValues) throws {
        feeds = Self.feeds(values)
        topic = values[Self.topic]
        token = values[Self.token].flatMap { $0.revealed.isEmpty ? nil : $0 }
        endpoint = try HTTPURL(values[Self.endpoint])
        timeout = values[Self.timeout]
        pollInterval = values[Self.pollInterval]
        maxPolls = values[Self.maxPolls]
        seenEvents = values[Self.seenEvents]
        deduplicates = values[Self.deduplicate]
    }

    /// What the settings ask for, each feed once.
    static func feeds(_ values: ConfigValues) -> [Feed] {
        let named =
            values[repositories].map { Feed(path: "/repos/\($0)/events") }
            + values[organizations].map { Feed(path: "/orgs/\($0)/events") }
            + values[users].map { Feed(path: "/users/\($0)/events") }
        var met: Set<Feed> = []
        return named.isEmpty ? [Feed(path: "/events")] : named.filter { met.insert($0).inserted }
    }

    private static func fault(in names: [String], _ setting: String, parts: Int, expected: String) -> String? {
        for name in names {
            let split = name.split(separator: "/", omittingEmptySubsequences: false)
            if split.count != parts || !split.allSatisfy(isName) {
                return "\(setting) holds \"\(name.prefix(60))\"; expected \(expected)"
            }
        }
        return nil
    }

    /// Letters, digits, `-`, `_` and `.`, as GitHub allows; never a step up the path.
    private static func isName(_ part: Substring) -> Bool {
        let isAllowed = { (byte: UInt8) in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        return !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isAllowed)
    }
}
