import ConnectorKit

/// A partition of a topic.
struct TopicPartition: Hashable {
    let topic: String
    let number: Int32
}

/// The partitions that the group has given this task, and how far each is read. Pure: no I/O, no clock, no lock.
///
/// A partition that is given is not read before the sinks have taken it over and the brokers were asked about it, which
/// tells where to begin. What is known of it ends when it is dropped: should it come back, everything is asked for again.
struct Holdings {
    /// What the brokers are to be asked: where a partition begins.
    struct Question: Equatable {
        let number: Int
        /// What the sinks hold, or where the partition was read.
        var stored: LogPosition?
        /// Whether another worker's sinks may be further.
        var isLocal = false
        /// Whether `stored` turned out to be of an earlier topic of this name.
        var isOfEarlierTopic = false
    }

    /// How far a partition has come on its way to being read.
    enum Stage: Equatable {
        case given
        /// The sinks are asked, under this number.
        case asked(Int)
        /// The sinks have answered, or reading had to stop: the brokers are asked.
        case unsettled(Question)
        /// It is known where to begin.
        case settled(Beginning)
        /// It is fetched from the message before this place on, which tells whether the place is one of this topic.
        case verifying(LogPosition)
        case reading
    }

    private var places: [TopicPartition: Place] = [:]
    private var reached: [TopicPartition: LogPosition] = [:]
    private var dropped: Set<TopicPartition> = []
    private var lastQuestion = 0

    var isEmpty: Bool { places.isEmpty }

    /// The partitions, and the offset to be read next where that is known.
    var partitions: [(TopicPartition, next: Int64?)] { places.map { ($0.key, $0.value.at?.offset) } }

    /// Whether every partition is read to its end.
    var isAtEnd: Bool { places.allSatisfy { $0.value.isAtEnd && !$0.value.isLeaving } }

    // MARK: Coming

    /// The group has given partitions.
    mutating func give(_ partitions: [TopicPartition]) {
        for partition in partitions { places[partition] = Place() }
    }

    /// The partitions that nobody was asked about yet.
    var unasked: [TopicPartition] { places.filter { $0.value.stage == .given && !$0.value.isLeaving }.map(\.key) }

    /// The sinks are asked about partitions, under a number.
    mutating func asked(_ partitions: [TopicPartition], request: Int) {
        for partition in partitions { places[partition]?.stage = .asked(request) }
    }

    /// The sinks have answered; too late if the partition was taken away meanwhile.
    ///
    /// - Parameter isLocal: Whether the group may know a later offset, from a member whose sinks are elsewhere.
    mutating func answered(_ partition: TopicPartition, request: Int, _ stored: LogPosition?, isLocal: Bool = false) {
        guard places[partition]?.stage == .asked(request) else { return }
        unsettle(partition, stored, isLocal: isLocal)
    }

    /// Stops reading a partition until it is known where to go on: its log does not hold, or may not be, what was read.
    ///
    /// - Parameter isOfEarlierTopic: Whether that is known.
    mutating func recheck(_ partition: TopicPartition, isOfEarlierTopic: Bool = false) {
        guard let place = places[partition] else { return }
        switch place.stage {
        case .verifying(let stored): unsettle(partition, stored, isOfEarlierTopic: isOfEarlierTopic)
        case .reading: unsettle(partition, place.at, isOfEarlierTopic: isOfEarlierTopic)
        case .given, .asked, .unsettled, .settled: break
        }
    }

    private mutating func unsettle(
        _ partition: TopicPartition, _ stored: LogPosition?, isLocal: Bool = false, isOfEarlierTopic: Bool = false
    ) {
        lastQuestion += 1
        places[partition]?.stage = .unsettled(
            Question(number: lastQuestion, stored: stored, isLocal: isLocal, isOfEarlierTopic: isOfEarlierTopic))
        places[partition]?.isAtEnd = false
    }

    /// What the brokers are to be asked.
    var questions: [TopicPartition: Question] {
        places.compactMapValues { place in
            if case .unsettled(let question) = place.stage, !place.isLeaving { question } else { nil }
        }
    }

    /// It is known where a partition begins; false if that is of no interest any more.
    mutating func settle(_ partition: TopicPartition, question: Int, _ beginning: Beginning) -> Bool {
        guard case .unsettled(let asked)? = places[partition]?.stage, asked.number == question else { return false }
        places[partition]?.stage = .settled(beginning)
        return true
    }

    /// The partitions that are fetched from now on, and from where.
    ///
    /// - Parameter atOnce: Whether all partitions are fetched anew whenever one is, so that none begins before the last
    ///   answer.
    /// - Returns: From where, and those among them that librdkafka fetches from elsewhere so far.
    mutating func begin(atOnce: Bool) -> (from: [(TopicPartition, Int64)], moved: [TopicPartition]) {
        guard let ready = ready(atOnce: atOnce), !ready.isEmpty else { return ([], []) }
        var from = ready.map { ($0, $1.fetchOffset) }
        var moved = ready.map(\.0).filter { places[$0]?.isFetched == true }
        for (partition, beginning) in ready {
            places[partition] = Place(begunAt: beginning)
            reached[partition] = nil
        }
        if atOnce {
            let kept = places.filter { place in place.value.isFetched && !ready.contains { $0.0 == place.key } }
            from += kept.map { ($0.key, $0.value.at?.offset ?? 0) }
            moved += kept.keys
        }
        dropped.formUnion(moved)
        return (from, moved)
    }

    private func ready(atOnce: Bool) -> [(TopicPartition, Beginning)]? {
        var ready: [(TopicPartition, Beginning)] = []
        for (partition, place) in places where !place.isLeaving {
            switch place.stage {
            case .settled(let beginning): ready.append((partition, beginning))
            case .given, .asked, .unsettled: if atOnce, !place.isFetched { return nil }
            case .verifying, .reading: break
            }
        }
        return ready
    }

    // MARK: Reading

    /// Whether a partition is to be read.
    func reads(_ partition: TopicPartition) -> Bool {
        places[partition].map { $0.stage == .reading && !$0.isLeaving } ?? false
    }

    /// Whether a message is to be read that comes after those of another partition.
    mutating func takes(_ partition: TopicPartition, _ message: LogPosition.Message) -> Bool {
        guard let place = places[partition], !place.isLeaving else { return false }
        guard case .verifying(let stored) = place.stage else { return place.stage == .reading }
        switch Verdict(message, before: stored) {
        case .same, .undecided: places[partition]?.verified(stored)
        case .anew: recheck(partition, isOfEarlierTopic: true)
        }
        return reads(partition) && message.offset >= stored.offset
    }

    /// Notes messages of a partition that were read.
    ///
    /// - Parameter last: The last of them that has a timestamp.
    mutating func read(_ partition: TopicPartition, upTo next: Int64, _ last: LogPosition.Message? = nil) {
        guard var place = places[partition] else { return }
        if let before = place.at, next <= before.offset {
            // The topic was made anew, or cut: what is known of its offsets was of other messages.
            (place.durable, place.committed, place.anchor, place.marks) = (nil, nil, nil, [])
        }
        place.at = LogPosition(offset: next, topicID: place.at?.topicID, last: last)
        place.handed = next
        place.isAtEnd = false
        places[partition] = place
        reached[partition] = place.at
    }

    /// Learns that there is nothing before `next`, be it that what stands there was taken back with its transaction.
    mutating func reachedEnd(of partition: TopicPartition, at next: Int64) {
        guard let place = places[partition], !place.isLeaving else { return }
        if case .verifying(let stored) = place.stage {
            guard next >= stored.offset else { return recheck(partition, isOfEarlierTopic: true) }
            places[partition]?.verified(stored)
        }
        guard places[partition]?.stage == .reading else { return }
        // That place counts as reached: the group's lag ends at 0 behind a transaction's marker as well, and who begins at
        // the latest record goes on from there after a restart.
        if place.at?.offset != next {
            places[partition]?.at = LogPosition(offset: next, topicID: place.at?.topicID, last: place.at?.last)
            reached[partition] = places[partition]?.at
        }
        places[partition]?.isAtEnd = true
    }

    /// How far each partition was read since the last call.
    mutating func takeReached() -> [TopicPartition: LogPosition] {
        defer { reached = [:] }
        for (partition, mark) in reached { places[partition]?.marks.append(mark) }
        return reached
    }

    /// The ids of the topics of partitions that are read.
    var topicIDs: [TopicPartition: String] {
        places.compactMapValues { $0.stage == .reading && !$0.isLeaving ? $0.at?.topicID : nil }
    }

    // MARK: Committing

    /// Learns that a partition is durable up to a mark; of no interest unless it was handed on since the partition was
    /// begun, since what was read before that may be behind the group, or of an earlier topic.
    mutating func durable(_ partition: TopicPartition, upTo mark: LogPosition) {
        guard let index = places[partition]?.marks.firstIndex(of: mark) else { return }
        places[partition]?.marks.removeFirst(index + 1)
        places[partition]?.durable = mark
        places[partition]?.anchor = nil
    }

    /// What the group does not know yet of what is durable.
    var uncommitted: [(TopicPartition, LogPosition)] {
        places.compactMap { partition, place in place.uncommitted.map { (partition, $0) } }
    }

    /// Where partitions were begun that the group has no offset of.
    var anchors: [(TopicPartition, LogPosition)] {
        places.compactMap { partition, place in place.anchor.map { (partition, $0) } }
    }

    /// Learns that the group knows a partition to be durable up to an offset.
    mutating func committed(_ partition: TopicPartition, upTo next: Int64) {
        guard let place = places[partition] else { return }
        places[partition]?.committed = max(next, place.committed ?? next)
        if let anchor = place.anchor, anchor.offset <= next { places[partition]?.anchor = nil }
    }

    // MARK: Going

    /// The group wants partitions back: they are read no further.
    mutating func leave(_ partitions: [TopicPartition]) {
        for partition in partitions { places[partition]?.isLeaving = true }
    }

    /// Whether records of any of these were handed on and are not known by the group to be durable.
    func isInFlight(anyOf partitions: [TopicPartition]) -> Bool {
        partitions.contains { places[$0]?.isInFlight ?? false }
    }

    /// Forgets partitions.
    ///
    /// - Returns: Those of them that librdkafka fetches.
    mutating func drop(_ partitions: [TopicPartition]) -> [TopicPartition] {
        let begun = partitions.filter { places[$0]?.isFetched == true }
        for partition in partitions {
            places[partition] = nil
            reached[partition] = nil
        }
        dropped.formUnion(begun)
        return begun
    }

    /// The partitions dropped or begun anew since the last call: messages of theirs that are at hand are not to be read.
    mutating func takeDropped() -> Set<TopicPartition> {
        guard !dropped.isEmpty else { return [] }
        defer { dropped = [] }
        return dropped
    }
}
