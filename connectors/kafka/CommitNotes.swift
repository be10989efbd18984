import ConnectorKit
import Synchronization

/// What commits to a group say beside the offset, so that later members know what the group has begun with.
///
/// Of use where `auto.offset.reset` is not `earliest`: there a partition that appeared later begins at its start all the
/// same, and what the group has begun with where the setting says.
struct CommitNotes: Sendable {
    /// How long a group may take to begin: offsets that are younger say nothing about topics without any.
    private static let beginning: Int64 = 60_000
    private static let shared = Mutex<[String: CommitNotes]>([:])

    /// Tells the subscriptions of a group apart.
    private let subscription: String
    /// Since when the group has had this subscription, in milliseconds since 1970-01-01 UTC.
    private var since: Int64?
    /// By topic: how many partitions it had when the group began with it; all beyond them are new.
    private var partitions: [String: Int64] = [:]
    /// Topics that exist now and have not existed all the time since this member was made.
    private var present: Set<String>?

    init(subscription: [String]) {
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in subscription.sorted().joined(separator: ",").utf8 {
            digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        self.subscription = String(digest, radix: 16)
    }

    /// Learns from what stands beside an offset of a topic.
    mutating func learn(_ metadata: PositionFields?, of topic: String) {
        let count = metadata?["partitions"]?.int ?? 0
        partitions[topic] = min(count, partitions[topic] ?? count)
        guard metadata?["subscription"]?.string == subscription, let begun = metadata?["since"]?.int else { return }
        since = min(begun, since ?? begun)
    }

    /// Learns which topics there are now.
    mutating func looked(at topics: Set<String>) { present = present?.intersection(topics) ?? topics }

    /// Whether anything was learned of a topic.
    func knows(_ topic: String) -> Bool { partitions[topic] != nil }

    /// The group begins with a topic of which it has no offset.
    ///
    /// - Parameters:
    ///   - count: How many partitions it has.
    ///   - now: Milliseconds since 1970-01-01 UTC.
    mutating func begin(_ topic: String, count: Int64, at now: Int64) {
        guard partitions[topic] == nil else { return }
        let isLater = present.map { !$0.contains(topic) } ?? false
        let isLong = since.map { now - $0 > Self.beginning } ?? false
        partitions[topic] = isLater || isLong ? 0 : count
        since = since ?? now
    }

    /// A topic was deleted and made anew: all its partitions are new.
    mutating func beginAnew(_ topic: String) { partitions[topic] = 0 }

    /// Whether a partition without an offset appeared after the group had begun.
    func isNew(_ partition: TopicPartition) -> Bool {
        partitions[partition.topic].map { Int64(partition.number) >= $0 } ?? false
    }

    /// What is to stand beside an offset; nil for nothing.
    func metadata(_ place: LogPosition, of topic: String) -> String? {
        var fields = place.marks
        if let count = partitions[topic] { fields["partitions"] = .int(count) }
        if let since { (fields["subscription"], fields["since"]) = (.string(subscription), .int(since)) }
        return fields.isEmpty ? nil : PositionFields(fields).json
    }

    /// Has transactions of this process that commit offsets of a group say the same.
    func share(of group: String) { Self.shared.withLock { $0[group] = self } }

    /// What was shared last of a group.
    static func of(_ group: String) -> CommitNotes {
        shared.withLock { $0[group] } ?? CommitNotes(subscription: [])
    }
}
