import ConnectorKit

/// Where a partition begins to be read, as decided from what sinks, group and brokers say. Pure: no I/O.
struct Beginning: Equatable {
    /// What brokers say of a partition.
    struct Log: Equatable {
        /// The offset of the first message.
        var low: Int64
        /// The offset behind the last one.
        var high: Int64
        /// The topic's id; nil where library or broker do not tell it.
        var topicID: String?
    }

    /// What is known of a partition.
    struct Facts {
        let log: Log
        /// The smallest of what the sinks hold, or where this task was before; nil for nothing.
        var stored: LogPosition?
        /// Whether `stored` is known to be of an earlier topic of this name.
        var isOfEarlierTopic = false
        /// Whether the group may know a later place than `stored`, from a member whose sinks are elsewhere.
        var isLocal = false
        /// What the group holds.
        var group: LogPosition?
        /// Whether the partition appeared after the group had begun with its topics.
        var isNew = false
    }

    /// Why reading does not go on where it was.
    enum Jump: Equatable {
        /// The topic was deleted and made anew.
        case madeAnew(from: Int64)
        /// The messages there are gone, by retention or because the log was cut.
        case gone(from: Int64, count: Int64)
    }

    /// Where reading begins.
    var place: LogPosition
    /// Whether the message before the place is to be compared with the one that is in the log.
    var isToVerify = false
    var jump: Jump?
    /// Whether the group holds this place.
    var isKnownToGroup = false

    init(place: LogPosition, isToVerify: Bool = false, jump: Jump? = nil, isKnownToGroup: Bool = false) {
        (self.place, self.isToVerify, self.jump, self.isKnownToGroup) = (place, isToVerify, jump, isKnownToGroup)
    }

    /// - Parameter reset: What `auto.offset.reset` says.
    /// - Returns: Nil where that is `none` and there is no offset to begin at.
    static func decide(_ facts: Facts, reset: SourceConfig.OffsetReset) -> Beginning? {
        let log = facts.log
        let isEarlier = facts.stored.map { log.isOfEarlierTopic($0, unlessSure: facts.isOfEarlierTopic) } ?? false
        let group = facts.group.flatMap { log.isOfEarlierTopic($0, unlessSure: facts.isOfEarlierTopic) ? nil : $0 }
        if let known = known(isEarlier ? nil : facts.stored, group, isLocal: facts.isLocal) {
            return goingOn(at: known, group, log, reset)
        }
        let old = facts.stored ?? facts.group
        if facts.isNew && old == nil { return Beginning(place: log.start) }
        guard reset != .none else { return nil }
        if let old { return Beginning(place: log.start, jump: .madeAnew(from: old.offset)) }
        return Beginning(place: reset == .latest ? log.end : log.start)
    }

    private static func goingOn(
        at known: LogPosition, _ group: LogPosition?, _ log: Log, _ reset: SourceConfig.OffsetReset
    ) -> Beginning? {
        guard known.offset >= log.low, known.offset <= log.high else {
            guard reset != .none else { return nil }
            let place = reset == .latest ? log.end : log.start
            return Beginning(
                place: place, jump: .gone(from: known.offset, count: max(0, place.offset - known.offset)))
        }
        var beginning = Beginning(place: known, isKnownToGroup: group?.offset == known.offset)
        let isSure = known.topicID != nil && known.topicID == log.topicID
        beginning.isToVerify = !isSure && known.last.map { $0.offset >= log.low && $0.offset < known.offset } ?? false
        beginning.place.topicID = log.topicID ?? known.topicID
        return beginning
    }

    /// The sinks' place, unless another worker may have got further, or they hold none.
    private static func known(_ stored: LogPosition?, _ group: LogPosition?, isLocal: Bool) -> LogPosition? {
        guard let stored else { return group }
        guard isLocal, let group, group.offset > stored.offset else { return stored }
        return group
    }

    /// Where fetching begins: at the message to be compared, if there is one.
    var fetchOffset: Int64 { isToVerify ? place.last?.offset ?? place.offset : place.offset }
}

extension Beginning.Log {
    fileprivate var start: LogPosition { LogPosition(offset: low, topicID: topicID) }
    fileprivate var end: LogPosition { LogPosition(offset: high, topicID: topicID) }

    /// Whether a place was one of an earlier topic of this name, as far as id and end tell.
    ///
    /// - Parameter isLikely: What is said where there are no ids.
    fileprivate func isOfEarlierTopic(_ place: LogPosition, unlessSure isLikely: Bool = false) -> Bool {
        if let topicID, let other = place.topicID { return topicID != other }
        return isLikely || place.offset > high
    }
}

/// What the message at the place to verify tells.
enum Verdict: Equatable {
    /// It was read before.
    case same
    /// The topic was made anew.
    case anew
    /// Nothing: it is gone, and this one is to be read.
    case undecided

    /// - Parameter message: The first that came from the place of the one before `place` on.
    init(_ message: LogPosition.Message, before place: LogPosition) {
        if message.offset >= place.offset {
            self = .undecided
        } else {
            self = message == place.last ? .same : .anew
        }
    }
}
