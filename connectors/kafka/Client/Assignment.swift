import CRdKafka
import ConnectorKit

/// A partition of a topic.
struct TopicPartition: Hashable {
    let topic: FieldName
    let number: Int32
}

/// The partitions that the group has given this task, and how far each is read.
///
/// Partitions that the group wants back are given up once their records are durable, and read no further meanwhile.
/// A partition is read from the later of two places: the one stored with the pipeline, and the one committed to the group.
/// Offsets are committed only when they are durable, so a group that is further on was led there by another member.
@safe
final class Assignment {
    /// How far a partition is read.
    private struct Place {
        var next: Int64?
        /// Behind the last message that was handed on.
        var handed: Int64?
        var isAtEnd = false
    }

    /// Partitions that the group wants back, while records of theirs are not durable.
    @safe
    private struct Departure {
        let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
        let partitions: [TopicPartition]
        let isIncremental: Bool
        var deadline: Duration?
    }

    /// How long the group is kept waiting for partitions, so that another member goes on exactly where this one stops.
    private static let patience = Duration.seconds(30)
    /// How long a task without partitions waits for some before there are none for it: other members give theirs back in
    /// two rebalances, each told of with a heartbeat.
    private static let grace = Duration.seconds(15)

    private var stored: [TopicPartition: Int64]
    private var places: [TopicPartition: Place] = [:]
    /// What the group knows to be durable.
    private var committed: [TopicPartition: Int64] = [:]
    private var departure: Departure?
    /// The partition that the last messages came from, and behind the last of them; noted in its place when it ends.
    private var run: (partition: TopicPartition, next: Int64)?
    private var reached: [TopicPartition: Int64] = [:]
    /// Since when it has been seen that there are no partitions.
    private var emptySince: Duration?
    /// Whether the client is being closed, which waits for nothing.
    private var isClosing = false
    private let log: Log
    /// Whether the group has given anything yet, be it nothing.
    private(set) var isKnown = false
    /// Whether no rebalance is under way, as far as this member has seen.
    private(set) var isSettled = true
    /// Grows with every rebalance.
    private(set) var generation = 0
    /// What went wrong in a rebalance, until it is taken.
    private var failure: ConnectorError?

    init(stored: [TopicPartition: Int64], log: Log) {
        self.stored = stored
        self.log = log
    }

    /// Whether everything there is has been read; while partitions come and go that is not known.
    func isAtEnd(at now: Duration) -> Bool {
        guard isKnown, isSettled, departure == nil, places.isEmpty else {
            emptySince = nil
            return isKnown && isSettled && departure == nil && places.allSatisfy { $0.value.isAtEnd }
        }
        let since = emptySince ?? now
        emptySince = since
        return now - since >= Self.grace
    }

    /// The partitions, and the offset to be read next where that is known.
    var partitions: [(TopicPartition, next: Int64?)] { places.map { ($0.key, $0.value.next) } }

    /// Whether offsets of a partition may be committed.
    func owns(_ partition: TopicPartition) -> Bool { places[partition] != nil }

    /// Whether a partition is to be read.
    func reads(_ partition: TopicPartition) -> Bool { owns(partition) && !isLeaving(partition) }

    /// Notes the next message of the partition that the last one came from; costs no look-up.
    ///
    /// - Returns: Whether that is the partition.
    func goesOn(_ partition: TopicPartition, upTo next: Int64) -> Bool {
        guard run?.partition == partition else { return false }
        run?.next = next
        return true
    }

    /// Notes a message of a partition that is to be read.
    func read(_ partition: TopicPartition, upTo next: Int64) {
        endRun()
        run = (partition, next)
    }

    /// How far each partition was read since the last call.
    func takeReached() -> [TopicPartition: Int64] {
        endRun()
        defer { reached = [:] }
        return reached
    }

    private func endRun() {
        guard let (partition, next) = run else { return }
        run = nil
        places[partition] = Place(next: next, handed: next)
        reached[partition] = next
    }

    /// Learns that there is nothing before `next`, be it that what stands there was taken back with its transaction.
    func reachedEnd(of partition: TopicPartition, at next: Int64) {
        endRun()
        places[partition]?.next = next
        places[partition]?.isAtEnd = true
    }

    /// Learns that a partition is durable up to an offset; one that was given away may be read further than that.
    func durable(_ partition: TopicPartition, upTo next: Int64) {
        stored[partition] = owns(partition) ? next : max(next, stored[partition] ?? next)
    }

    /// Learns that the group knows a partition to be durable up to an offset.
    func committed(_ partition: TopicPartition, upTo next: Int64) { committed[partition] = next }

    /// Gives back what the group wants once all of it is durable, or the group has waited long enough.
    func depart(_ client: OpaquePointer, at now: Duration) {
        guard let leaving = departure else { return }
        let deadline = leaving.deadline ?? now + Self.patience
        departure?.deadline = deadline
        if now >= deadline || !leaving.partitions.contains(where: isInFlight) { unsafe finishDeparture(client) }
    }

    /// Has every partition given back at once from now on.
    func close(_ client: OpaquePointer) {
        isClosing = true
        unsafe finishDeparture(client)
    }

    private func finishDeparture(_ client: OpaquePointer) {
        guard let leaving = departure else { return }
        departure = nil
        unsafe drop(client, leaving.list, isIncremental: leaving.isIncremental)
        unsafe rd_kafka_topic_partition_list_destroy(leaving.list)
    }

    private func isLeaving(_ partition: TopicPartition) -> Bool {
        departure?.partitions.contains(partition) ?? false
    }

    /// Whether records that were handed on are not known by the group to be durable.
    private func isInFlight(_ partition: TopicPartition) -> Bool {
        guard let handed = places[partition]?.handed else { return false }
        return committed[partition] ?? -1 < handed
    }

    /// What went wrong in a rebalance since the last call.
    func takeFailure() -> ConnectorError? {
        defer { failure = nil }
        return failure
    }

    /// Takes part in a rebalance; called by librdkafka inside a poll.
    func rebalanced(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        endRun()
        generation += 1
        let isIncremental = unsafe String(cString: rd_kafka_rebalance_protocol(client)) == "COOPERATIVE"
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            unsafe assign(client, list, isIncremental: isIncremental)
        } else {
            unsafe revoke(client, list, isIncremental: isIncremental)
        }
    }

    private func assign(
        _ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, isIncremental: Bool
    ) {
        unsafe seek(client, list)
        for partition in unsafe Self.partitions(of: list) { places[partition] = Place() }
        isKnown = true
        isSettled = true
        log.info("Partitions were assigned", ("count", "\(unsafe list.pointee.cnt)"))
        if isIncremental {
            if let error = unsafe rd_kafka_incremental_assign(client, list) { unsafe take(error) }
        } else {
            take(unsafe rd_kafka_assign(client, list))
        }
    }

    private func revoke(
        _ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, isIncremental: Bool
    ) {
        let isLost = unsafe rd_kafka_assignment_lost(client) != 0
        // The group has put this member out, so it has to join again.
        if isLost { isKnown = false }
        let partitions = unsafe Self.partitions(of: list)
        guard !isLost, !isClosing, departure == nil, partitions.contains(where: isInFlight),
            let copy = unsafe rd_kafka_topic_partition_list_copy(list)
        else { return unsafe drop(client, list, isIncremental: isIncremental) }
        departure = unsafe Departure(list: copy, partitions: partitions, isIncremental: isIncremental)
    }

    private func drop(
        _ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, isIncremental: Bool
    ) {
        for partition in unsafe Self.partitions(of: list) {
            // If it comes back, what was handed on is not read again.
            if let handed = places[partition]?.handed { stored[partition] = max(handed, stored[partition] ?? handed) }
            places[partition] = nil
        }
        generation += 1
        isSettled = false
        log.info("Partitions were taken away", ("count", "\(unsafe list.pointee.cnt)"))
        if isIncremental {
            if let error = unsafe rd_kafka_incremental_unassign(client, list) { unsafe take(error) }
        } else {
            take(unsafe rd_kafka_assign(client, nil))
        }
    }

    /// Sets where to begin, for partitions with a stored offset; librdkafka asks the group for the others.
    private func seek(_ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        guard !stored.isEmpty, let asked = unsafe rd_kafka_topic_partition_list_copy(list) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(asked) }
        let isAnswered = unsafe rd_kafka_committed(client, asked, 10_000) == RD_KAFKA_RESP_ERR_NO_ERROR
        for (index, partition) in unsafe Self.partitions(of: list).enumerated() {
            guard let own = stored[partition] else { continue }
            let group = unsafe isAnswered ? asked.pointee.elems[index].offset : -1
            unsafe list.pointee.elems[index].offset = max(own, group)
        }
    }

    private static func partitions(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> [TopicPartition] {
        (0..<Int(unsafe list.pointee.cnt)).map { index in
            let element = unsafe list.pointee.elems[index]
            return unsafe TopicPartition(
                topic: FieldName(interning: String(cString: element.topic)), number: element.partition)
        }
    }

    private func take(_ error: OpaquePointer) {
        take(unsafe rd_kafka_error_code(error))
        unsafe rd_kafka_error_destroy(error)
    }

    private func take(_ code: rd_kafka_resp_err_t) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        failure = connectorError(code, "taking part in the group's rebalance failed")
    }
}
