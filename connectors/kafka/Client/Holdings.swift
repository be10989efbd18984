import ConnectorKit

/// A partition of a topic.
struct TopicPartition: Hashable {
    let topic: FieldName
    let number: Int32
}

/// The partitions that the group has given this task, and how far each is read. Pure: no I/O, no clock, no lock.
///
/// A partition that is given is not read before the sinks have taken it over, which tells where to begin. What is known of
/// it ends when it is dropped: should it come back, everything is asked for again.
struct Holdings {
    /// How far a partition has come on its way to being read.
    private enum Stage: Equatable {
        case given
        /// The sinks are asked, under this number.
        case asked(Int)
        /// They have answered to the request of this number, and the group may know a later offset than this one.
        case compared(Int, Int64)
        /// It is known where to begin; nil where the group's own offset counts.
        case answered(Int64?)
        case reading
    }

    private struct Place {
        var stage = Stage.given
        /// What is read next; nil before anything was read from where the group's offset stands.
        var next: Int64?
        /// Behind the last message that was handed on.
        var handed: Int64?
        /// Up to where every sink has it.
        var durable: Int64?
        /// Up to where the group knows that.
        var committed: Int64?
        var isAtEnd = false
        /// Whether the group wants it back.
        var isLeaving = false

        var isInFlight: Bool { handed.map { (committed ?? -1) < $0 } ?? false }

        /// What the group is to be told.
        var uncommitted: Int64? { durable.flatMap { $0 > committed ?? -1 ? $0 : nil } }
    }

    private var places: [TopicPartition: Place] = [:]
    /// The partition that the last messages came from, and behind the last of them; noted in its place when it ends.
    private var run: (partition: TopicPartition, next: Int64)?
    private var reached: [TopicPartition: Int64] = [:]
    private var dropped: Set<TopicPartition> = []

    var isEmpty: Bool { places.isEmpty }

    /// The partitions, and the offset to be read next where that is known.
    var partitions: [(TopicPartition, next: Int64?)] { places.map { ($0.key, $0.value.next) } }

    /// Whether every partition is read to its end.
    var isAtEnd: Bool { places.allSatisfy { $0.value.isAtEnd && !$0.value.isLeaving } }

    // MARK: Coming

    /// The group has given partitions.
    mutating func give(_ partitions: [TopicPartition]) {
        endRun()
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
    mutating func answered(_ partition: TopicPartition, request: Int, offset: Int64?, isLocal: Bool = false) {
        guard places[partition]?.stage == .asked(request) else { return }
        places[partition]?.stage = if isLocal, let offset { .compared(request, offset) } else { .answered(offset) }
    }

    /// The partitions whose offset is to be compared with the group's, and the request each was answered to.
    var toCompare: [TopicPartition: Int] {
        places.compactMapValues { place in
            if case .compared(let request, _) = place.stage { request } else { nil }
        }
    }

    /// The group has told its offset, nil when it has none; of no interest any more if the partition was taken away.
    mutating func compared(_ partition: TopicPartition, request: Int, with offset: Int64?) {
        guard case .compared(request, let own)? = places[partition]?.stage else { return }
        places[partition]?.stage = .answered(max(own, offset ?? own))
    }

    /// The partitions that are read from now on, and where each begins.
    ///
    /// - Parameter atOnce: Whether there is but one beginning for all of them, so that none begins before the last answer.
    mutating func begin(atOnce: Bool) -> [(TopicPartition, offset: Int64?)] {
        var ready: [(TopicPartition, offset: Int64?)] = []
        for (partition, place) in places where !place.isLeaving {
            switch place.stage {
            case .answered(let offset): ready.append((partition, offset))
            case .given, .asked, .compared: if atOnce { return [] }
            case .reading: break
            }
        }
        for (partition, offset) in ready {
            places[partition]?.stage = .reading
            places[partition]?.next = offset
        }
        return ready
    }

    // MARK: Reading

    /// Whether a partition is to be read.
    func reads(_ partition: TopicPartition) -> Bool {
        places[partition].map { $0.stage == .reading && !$0.isLeaving } ?? false
    }

    /// Notes the next message of the partition that the last one came from; costs no look-up.
    ///
    /// - Returns: Whether that is the partition.
    mutating func goesOn(_ partition: TopicPartition, upTo next: Int64) -> Bool {
        guard run?.partition == partition else { return false }
        run?.next = next
        return true
    }

    /// Notes a message of a partition that is to be read.
    mutating func read(_ partition: TopicPartition, upTo next: Int64) {
        endRun()
        if let last = places[partition]?.next, next <= last {
            // The topic was made anew, or cut: what is known of its offsets was of other messages.
            places[partition]?.durable = nil
            places[partition]?.committed = nil
        }
        run = (partition, next)
    }

    /// Learns that there is nothing before `next`, be it that what stands there was taken back with its transaction.
    mutating func reachedEnd(of partition: TopicPartition, at next: Int64) {
        endRun()
        // That place counts as reached: the group's lag ends at 0 behind a transaction's marker as well, and who begins at
        // the latest record goes on from there after a restart.
        if places[partition]?.next != next { reached[partition] = next }
        places[partition]?.next = next
        places[partition]?.isAtEnd = true
    }

    /// How far each partition was read since the last call.
    mutating func takeReached() -> [TopicPartition: Int64] {
        endRun()
        defer { reached = [:] }
        return reached
    }

    private mutating func endRun() {
        guard let (partition, next) = run else { return }
        run = nil
        places[partition]?.next = next
        places[partition]?.handed = next
        places[partition]?.isAtEnd = false
        reached[partition] = next
    }

    // MARK: Committing

    /// Learns that a partition is durable up to an offset; of no interest unless it has been read since it was given.
    mutating func durable(_ partition: TopicPartition, upTo next: Int64) {
        guard places[partition]?.stage == .reading else { return }
        places[partition]?.durable = next
    }

    /// What the group does not know yet of what is durable.
    var uncommitted: [(TopicPartition, Int64)] {
        places.compactMap { partition, place in place.uncommitted.map { (partition, $0) } }
    }

    /// Learns that the group knows a partition to be durable up to an offset.
    mutating func committed(_ partition: TopicPartition, upTo next: Int64) {
        places[partition]?.committed = next
    }

    // MARK: Going

    /// The group wants partitions back: they are read no further.
    mutating func leave(_ partitions: [TopicPartition]) {
        endRun()
        for partition in partitions { places[partition]?.isLeaving = true }
    }

    /// Whether records of any of these were handed on and are not known by the group to be durable.
    func isInFlight(anyOf partitions: [TopicPartition]) -> Bool {
        partitions.contains { places[$0]?.isInFlight ?? false }
    }

    /// Forgets partitions.
    ///
    /// - Returns: Those of them that were read.
    mutating func drop(_ partitions: [TopicPartition]) -> [TopicPartition] {
        endRun()
        let begun = partitions.filter { places[$0]?.stage == .reading }
        for partition in partitions {
            places[partition] = nil
            reached[partition] = nil
        }
        dropped.formUnion(begun)
        return begun
    }

    /// The partitions dropped since the last call: messages of theirs that are at hand are not to be read.
    mutating func takeDropped() -> Set<TopicPartition> {
        guard !dropped.isEmpty else { return [] }
        defer { dropped = [] }
        return dropped
    }
}
