import ConnectorKit

extension Holdings {
    /// How far one partition has come.
    struct Place {
        var stage = Stage.given
        /// Whether librdkafka was told to fetch it.
        var isFetched = false
        /// What is read next, once that is known.
        var at: LogPosition?
        /// Behind the last message that was handed on.
        var handed: Int64?
        /// What was handed on up to, and is not durable in every sink yet, in order.
        var marks: [LogPosition] = []
        /// Up to where every sink has it, since it was begun.
        var durable: LogPosition?
        /// Up to where the group knows that.
        var committed: Int64?
        /// Where it was begun, while the group does not know that and has nothing newer to learn.
        var anchor: LogPosition?
        var isAtEnd = false
        /// Whether the group wants it back.
        var isLeaving = false

        var isInFlight: Bool { handed.map { (committed ?? -1) < $0 } ?? false }

        /// What the group is to be told.
        var uncommitted: LogPosition? {
            guard let durable, durable.offset > committed ?? -1 else { return nil }
            return durable
        }
    }
}

extension Holdings.Place {
    /// What was known of it was of other messages.
    init(begunAt beginning: Beginning) {
        isFetched = true
        stage = beginning.isToVerify ? .verifying(beginning.place) : .reading
        at = beginning.place
        if beginning.isKnownToGroup {
            committed = beginning.place.offset
        } else if !beginning.isToVerify {
            anchor = beginning.place
        }
    }

    /// The place turned out to be one of this topic.
    mutating func verified(_ stored: LogPosition) {
        stage = .reading
        if committed == nil { anchor = stored }
    }
}
