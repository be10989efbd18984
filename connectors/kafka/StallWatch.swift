import ConnectorKit

/// Tells a source that has nothing to read from one that cannot read.
///
/// What was not heard of for a quarter of the limit is asked for; what does not answer well until the limit has stalled.
/// Pure: no I/O. Only time spent polling counts, since a source that is not asked to read hears nothing.
struct StallWatch {
    /// What is watched.
    enum Subject: Hashable {
        /// The group, while it has given no partitions.
        case group
        case partition(TopicPartition)
    }

    private struct State {
        /// The last time all was well.
        var well: Duration
        /// Asked last.
        var asked: Duration
        /// What the last answer was wrong with; nil when it was well.
        var trouble: String?
    }

    private let limit: Duration
    private var states: [Subject: State] = [:]
    /// Time spent polling.
    private var active = Duration.zero
    private var latest: Duration?
    /// When one was asked last.
    private var lastAsk: Duration?
    /// A longer time between two calls was not spent polling.
    private static let longestGap = Duration.seconds(1)

    init(limit: Duration) { self.limit = limit }

    /// Lets time pass.
    mutating func advance(to now: Duration) {
        active += min(max(.zero, now - (latest ?? now)), Self.longestGap)
        latest = now
    }

    /// Watches these and nothing else.
    mutating func follow(_ subjects: [Subject]) {
        let old = states
        states = [:]
        for subject in subjects { states[subject] = old[subject] ?? State(well: active, asked: active) }
    }

    /// All is well with this one.
    mutating func saw(_ subject: Subject) { learned(subject, trouble: nil) }

    /// Which one to ask now; the one that was asked longest ago.
    ///
    /// - Parameter isBusy: Whether others would wait for the answer; then one is asked in a quarter of the limit.
    func toAsk(isBusy: Bool = false) -> Subject? {
        let quarter = limit / 4
        if isBusy, let lastAsk, active - lastAsk < quarter { return nil }
        return states.filter { active - $0.value.well >= quarter && active - $0.value.asked >= quarter }
            .min { $0.value.asked < $1.value.asked }?.key
    }

    /// Learns what came of asking.
    mutating func answered(_ subject: Subject, trouble: String?) {
        lastAsk = active
        learned(subject, trouble: trouble)
    }

    private mutating func learned(_ subject: Subject, trouble: String?) {
        guard states[subject] != nil else { return }
        states[subject]?.asked = active
        states[subject]?.trouble = trouble
        if trouble == nil { states[subject]?.well = active }
    }

    /// The one that has been in trouble for longest, once the limit is over.
    var stalled: (subject: Subject, trouble: String, time: Duration)? {
        guard let worst = states.filter({ $0.value.trouble != nil }).min(by: { $0.value.well < $1.value.well }),
            let trouble = worst.value.trouble, active - worst.value.well >= limit
        else { return nil }
        return (worst.key, trouble, active - worst.value.well)
    }
}
