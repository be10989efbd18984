import CRdKafka
import ConnectorKit
import Glibc
import Synchronization

/// Takes part in the rebalances of the group, and tells it what is durable.
///
/// What the group gives is accepted at once and read later, once the sinks have taken it over. What it wants back is given
/// up once its records are durable and committed, and read no further meanwhile. Nothing here waits for a broker.
///
/// The task and its keeper, in whose polls librdkafka calls, use it in turn: everything is called inside ``locked(_:)``, except for
/// the two calls of librdkafka, which take it themselves.
@safe
final class Assignment: @unchecked Sendable {
    // `@unchecked`: all that changes is guarded by the lock.

    /// Partitions that the group wants back.
    private struct Departure {
        let partitions: [TopicPartition]
        let deadline: Duration
    }

    /// How long the group is kept waiting for partitions, so that another member goes on exactly where this one stops.
    static let patience = Duration.seconds(30)
    /// How long a task without partitions waits for some before there are none for it: other members give theirs back in
    /// two rebalances, each told of with a heartbeat.
    private static let grace = Duration.seconds(15)
    /// How long a commit may stay unanswered once the partitions are lost.
    private static let doubt = Duration.milliseconds(300)

    /// Says when commits have to wait.
    let join = JoinWatch()
    private let lock = Mutex(())
    var holdings = Holdings()
    /// What is said beside offsets.
    var notes = CommitNotes(subscription: [])
    private var commits = GroupCommits()
    private var departure: Departure?
    /// Whether the group moves partitions one by one.
    private(set) var isIncremental = true
    /// Since when it has been seen that there are no partitions.
    private var emptySince: Duration?
    /// Whether the client is being closed, which waits for nothing.
    private var isClosing = false
    /// When partitions were lost while a commit was under way, which librdkafka could still send, as a member's or as nobody's.
    private var inDoubtSince: Duration?
    /// What went wrong in a rebalance or a commit, until it is taken.
    private var failure: ConnectorError?
    private let context: SourceContext
    /// Whether the group has given anything yet, be it nothing.
    private(set) var isKnown = false
    /// Whether no rebalance is under way, as far as this member has seen.
    private(set) var isSettled = true
    /// Grows with every rebalance.
    private(set) var generation = 0
    /// Whether the group took partitions away while a sink that commits for it had records of theirs in flight.
    private(set) var isForfeited = false
    /// Whether the sinks were told of the group, so that they may be asked about partitions.
    var isIntroduced = false
    /// Whether the client has to be replaced, so that a commit of a former member is never sent.
    private(set) var isStale = false

    init(_ context: SourceContext) { self.context = context }

    /// Keeps the other thread out meanwhile.
    func locked<Result: Sendable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try lock.withLock { _ throws(Failure) in try body() }
    }

    /// The same for the task, which does not wait for a call of librdkafka that does not return.
    func lockedInTime<Result: Sendable>(
        within limit: Duration = patience, _ body: () throws -> Result
    ) throws -> Result {
        let deadline = WorkerClock.system.monotonic + limit
        while true {
            if let result = try lock.withLockIfAvailable({ _ in try body() }) { return result }
            guard WorkerClock.system.monotonic < deadline else { break }
            usleep(1000)
        }
        throw ConnectorError.restartable(
            "librdkafka has not returned from a call for \(limit.milliseconds) ms; the task starts again with another client"
        )
    }

    /// Whether everything there is has been read; while partitions come and go that is not known.
    func isAtEnd(at now: Duration) -> Bool {
        guard isKnown, isSettled, departure == nil, holdings.isEmpty else {
            emptySince = nil
            return isKnown && isSettled && departure == nil && holdings.isAtEnd
        }
        let since = emptySince ?? now
        emptySince = since
        return now - since >= Self.grace
    }

    /// Has the task hear of something that waiting cannot mend.
    func failed(_ error: ConnectorError) { failure = error }

    /// What went wrong since the last call.
    func takeFailure() -> ConnectorError? {
        defer { failure = nil }
        return failure
    }

    func take(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, _ client: OpaquePointer) {
        if isIncremental {
            if let error = unsafe rd_kafka_incremental_assign(client, list) { unsafe take(error) }
        } else {
            take(unsafe rd_kafka_assign(client, list))
        }
    }

    // MARK: Committing

    /// Learns up to where partitions are durable, and tells the group.
    func durable(_ places: [TopicPartition: LogPosition], _ client: OpaquePointer) {
        for (partition, place) in places { holdings.durable(partition, upTo: place) }
        unsafe serve(client)
    }

    /// Whether the group is still to learn of something durable.
    var isOwing: Bool {
        commits.isUnderWay || (isSettled && !(holdings.uncommitted.isEmpty && holdings.anchors.isEmpty))
    }

    /// Goes on with what is under way: commits, and partitions to be given back.
    func serve(_ client: OpaquePointer) {
        let now = context.clock.monotonic
        if context.group.isCommittedBySink {
            for (partition, place) in holdings.uncommitted { holdings.committed(partition, upTo: place.offset) }
        }
        if isSettled, !isClosing, !join.isJoining {
            unsafe send(commits.next(holdings.uncommitted + holdings.anchors, at: now), client)
        }
        if !commits.isUnderWay { inDoubtSince = nil }
        if let since = inDoubtSince, now - since >= Self.doubt { isStale = true }
        guard let leaving = departure, !commits.isUnderWay || now >= leaving.deadline else { return }
        if now >= leaving.deadline || !holdings.isInFlight(anyOf: leaving.partitions) { unsafe finishDeparture(client) }
    }

    private func send(_ places: [(TopicPartition, LogPosition)], _ client: OpaquePointer) {
        guard !places.isEmpty, let list = unsafe Self.list(places, notes) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        let queue = unsafe rd_kafka_queue_get_consumer(client)
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let code = unsafe rd_kafka_commit_queue(client, list, queue, commitAnswered, nil)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { unsafe answered(client, code, nil) }
    }

    /// Takes the answer to a commit; called by librdkafka inside a poll.
    func committed(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        locked {
            unsafe answered(client, code, list)
            unsafe serve(client)
        }
    }

    private func answered(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let wasTroubled = commits.isTroubled
        let (outcome, known) = commits.answered(
            code, refused: unsafe list.map { unsafe Self.errors(of: $0) } ?? [:], at: context.clock.monotonic)
        for (partition, offset) in known { holdings.committed(partition, upTo: offset) }
        let reason = unsafe String(cString: rd_kafka_err2str(code))
        switch outcome {
        case .done: break
        case .again:
            guard !wasTroubled, code != RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS else { break }
            context.log.warning("The group does not take offsets for now; they are sent again", ("reason", reason))
        case .expelled:
            context.log.info("The group has gone on without this member", ("reason", reason))
            // librdkafka waits for partitions to be given up, and does not take the others away by itself.
            if departure != nil { isStale = true }
            unsafe finishDeparture(client)
        case .failed: failure = connectorError(code, "committing offsets to the group failed")
        }
    }

    // MARK: Rebalances

    /// Takes part in a rebalance; called by librdkafka inside a poll.
    func rebalanced(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        locked {
            generation += 1
            if let name = unsafe KafkaClient.rebalanceProtocol(of: client) { isIncremental = name == "COOPERATIVE" }
            if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
                unsafe accept(client, list)
            } else {
                unsafe revoke(client, list)
            }
        }
    }

    private func accept(_ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        let partitions = unsafe Self.partitions(of: list)
        holdings.give(partitions)
        join.assigned()
        isKnown = true
        isSettled = true
        context.log.info("Partitions were assigned", ("count", "\(partitions.count)"))
        guard let none = unsafe rd_kafka_topic_partition_list_new(0) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(none) }
        unsafe take(none, client)
    }

    private func revoke(_ client: OpaquePointer, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        let isLost = unsafe rd_kafka_assignment_lost(client) != 0
        let partitions = unsafe Self.partitions(of: list)
        if isLost {
            // The group has put this member out, so it has to join again.
            isKnown = false
            if commits.isUnderWay { inDoubtSince = context.clock.monotonic }
        }
        let isKept = commits.isUnderWay || holdings.isInFlight(anyOf: partitions)
        guard !isLost, !isClosing, departure == nil, isKept else {
            // What was to be given back in order goes with the rest.
            let all = partitions + (departure?.partitions ?? [])
            departure = nil
            return unsafe drop(client, all, isLost: isLost)
        }
        holdings.leave(partitions)
        departure = Departure(partitions: partitions, deadline: context.clock.monotonic + Self.patience)
        context.claims.hurry()
    }

    /// Has every partition given back at once from now on.
    func close(_ client: OpaquePointer) {
        isClosing = true
        unsafe finishDeparture(client)
    }

    private func finishDeparture(_ client: OpaquePointer) {
        guard let leaving = departure else { return }
        departure = nil
        unsafe drop(client, leaving.partitions, isLost: false)
    }

    private func drop(_ client: OpaquePointer, _ partitions: [TopicPartition], isLost: Bool) {
        if context.group.isCommittedBySink, !isClosing, holdings.isInFlight(anyOf: partitions) { isForfeited = true }
        let begun = holdings.drop(partitions)
        commits.forget(partitions)
        generation += 1
        isSettled = false
        context.log.info(
            isLost ? "Partitions were lost" : "Partitions were given back", ("count", "\(partitions.count)"))
        unsafe giveUp(begun, client)
    }

    func giveUp(_ partitions: [TopicPartition], _ client: OpaquePointer) {
        guard isIncremental else { return take(unsafe rd_kafka_assign(client, nil)) }
        guard let list = unsafe Self.list(partitions.map { ($0, 0) }) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        if let error = unsafe rd_kafka_incremental_unassign(client, list) { unsafe take(error) }
    }

    private func take(_ error: OpaquePointer) {
        take(unsafe rd_kafka_error_code(error))
        unsafe rd_kafka_error_destroy(error)
    }

    private func take(_ code: rd_kafka_resp_err_t) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let error = connectorError(code, "taking part in the group's rebalance failed")
        failure = .restartable(error.message, native: error.native)
    }
}

// librdkafka calls this inside a poll of the keeper.
private let commitAnswered:
    @convention(c) (
        OpaquePointer?, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
        UnsafeMutableRawPointer?
    ) -> Void = { client, code, list, _ in
        guard let client = unsafe client, let opaque = unsafe rd_kafka_opaque(client) else { return }
        unsafe Unmanaged<Observer>.fromOpaque(opaque).takeUnretainedValue().rebalance?.committed(client, code, list)
    }
