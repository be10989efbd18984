import CRdKafka
import ConnectorKit

/// Turns what a consumer receives into batches and positions.
@safe
final class TopicReader {
    private let config: SourceConfig
    private let context: SourceContext
    private var consumer: Consumer
    private var stalls: StallReport
    private var keeper: GroupKeeper
    private var decoder: RecordDecoder
    private var lagIsDue = Duration.zero
    /// What was said of topics that are not there.
    private var missing: Set<String> = []
    private var run: Run?

    private var assignment: Assignment { consumer.assignment }

    init(_ config: SourceConfig, _ context: SourceContext) throws(ConnectorError) {
        self.config = config
        self.context = context
        decoder = RecordDecoder(config)
        (consumer, stalls, keeper) = try Self.join(config, context)
    }

    private static func join(
        _ config: SourceConfig, _ context: SourceContext
    ) throws(ConnectorError) -> (Consumer, StallReport, GroupKeeper) {
        let consumer = try Consumer(config, Observer(context.log), Assignment(context))
        let stalls = StallReport(limit: config.stall, consumer, context)
        let places = PlaceFinder(consumer, config, context)
        let keeper = GroupKeeper(consumer, stalls, places, context, readsCommitted: config.readsCommitted)
        try keeper.start()
        return (consumer, stalls, keeper)
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        if let trouble = keeper.takeTrouble() {
            let isReading = assignment.locked { !assignment.holdings.isEmpty }
            if let error = problem(trouble, isReading: isReading) { throw error }
        }
        consumer.wait(atMost: .milliseconds(100))
        // The only lock, once per poll: meanwhile the keeper hears of no rebalance.
        let (poll, isStale) = try assignment.lockedInTime { (try readOn(into: &batch), assignment.isStale) }
        if isStale { try joinAnew() }
        return poll
    }

    private func readOn(into batch: inout RecordBatch) throws -> Poll {
        try goOnInGroup()
        defer { run = nil }
        try read(into: &batch)
        endRun()
        for (partition, place) in assignment.holdings.takeReached() {
            stalls.saw(partition)
            batch.mark(Position(partition: partition.fields, offset: place.fields))
        }
        let stall = stalls.check(isBusy: batch.count > 0)
        if batch.count == 0, let failure = keeper.hopelessness ?? assignment.takeFailure() ?? stall { throw failure }
        reportLag()
        let isAtEnd = assignment.isAtEnd(at: context.clock.monotonic)
        return batch.count == 0 && isAtEnd ? .idle(.milliseconds(1)) : .more
    }

    private func read(into batch: inout RecordBatch) throws {
        while let message = consumer.peek() {
            if Self.isError(message.code) {
                let trouble = message.trouble
                // What was read before it goes first; the error is met again by the next poll.
                if batch.count + decoder.pending > 0 { break }
                consumer.take()
                endRun()
                if recheck(trouble) { continue }
                if let error = problem(trouble, isReading: !assignment.holdings.isEmpty) { throw error }
                continue
            }
            try read(message, into: &batch)
            consumer.take()
            if batch.count + decoder.pending >= BatchLimit.records || batch.byteCount >= BatchLimit.bytes { break }
        }
        try decoder.finish(&batch)
    }

    /// Finds out where a partition goes on whose log does not hold what is read next.
    private func recheck(_ trouble: Trouble) -> Bool {
        guard !trouble.topic.isEmpty, trouble.partition >= 0 else { return false }
        let partition = TopicPartition(topic: trouble.topic, number: trouble.partition)
        guard trouble.code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || trouble.code == Self.truncated else {
            return false
        }
        assignment.holdings.recheck(partition)
        return true
    }

    /// `RD_KAFKA_RESP_ERR__LOG_TRUNCATION`, which librdkafka has had since 2.1.
    private static let truncated = rd_kafka_resp_err_t(rawValue: -139)

    private func read(_ message: Received, into batch: inout RecordBatch) throws {
        guard message.code == RD_KAFKA_RESP_ERR_NO_ERROR else { return reachedEnd(message) }
        // The group may have taken it away between its arrival and now; its next owner reads it.
        guard run?.isGoneOnBy(message) ?? false || begin(message) else { return }
        let timestamp = message.timestamp
        run?.next = message.offset + 1
        if let timestamp { run?.last = LogPosition.Message(offset: message.offset, timestamp: timestamp) }
        try decoder.append(message, timestamp, topic: run?.partition.topic ?? "", to: &batch)
    }

    private func reachedEnd(_ message: Received) {
        endRun()
        let partition = TopicPartition(topic: message.topic, number: message.partition)
        stalls.saw(partition)
        assignment.holdings.reachedEnd(of: partition, at: message.offset)
    }

    /// Begins with another partition, unless that is not to be read.
    private func begin(_ message: Received) -> Bool {
        endRun()
        guard let handle = unsafe message.topicHandle else { return false }
        let partition = TopicPartition(topic: message.topic, number: message.partition)
        let first = LogPosition.Message(offset: message.offset, timestamp: message.timestamp ?? -1)
        guard assignment.holdings.takes(partition, first) else { return false }
        run = unsafe Run(partition: partition, handle: handle, next: message.offset)
        return true
    }

    private func endRun() {
        guard let run else { return }
        assignment.holdings.read(run.partition, upTo: run.next, run.last)
        self.run = nil
    }

    private func reportLag() {
        let now = context.clock.monotonic
        guard now >= lagIsDue else { return }
        lagIsDue = now + .seconds(1)
        context.progress.update(lag: consumer.lag())
    }

    // MARK: The group

    /// Has the sinks take over what the group has given, and begins to read what they have.
    private func goOnInGroup() throws {
        if assignment.isForfeited {
            throw ConnectorError.restartable(
                "the group took partitions away while records of them were in flight; they are read again")
        }
        for answer in context.claims.takeAnswers() {
            guard let partition = TopicPartition(answer.partition) else { continue }
            assignment.holdings.answered(
                partition, request: answer.request, try Self.start(answer), isLocal: answer.isLocal)
        }
        let unasked = assignment.isIntroduced ? assignment.holdings.unasked : []
        if !unasked.isEmpty {
            assignment.holdings.asked(unasked, request: context.claims.request(unasked.map(\.fields)))
        }
        consumer.update()
    }

    /// A commit of the membership that is over could still be sent once the coordinator is back, and set the group's offset
    /// back; it ends with its client.
    private func joinAnew() throws {
        context.log.info("The group went on while a commit to it was under way; joining it anew")
        keeper.end(isAbandoned: true)
        (consumer, stalls, keeper) = try Self.join(config, context)
    }

    /// The smallest of what the sinks have; nil where the group's own offset counts.
    private static func start(_ answer: PartitionClaims.Answer) throws(ConnectorError) -> LogPosition? {
        var smallest: LogPosition?
        for fields in answer.offsets ?? [] {
            guard let place = LogPosition(fields) else {
                throw .configuration(
                    "a sink holds the position \(fields.json) for \(answer.partition.json); expected {\"offset\":n}, "
                        + "which the kafka source stores; reset it with sluice offsets reset")
            }
            if place.offset < smallest?.offset ?? .max { smallest = place }
        }
        return smallest
    }

    /// Tells the group what is durable, as far as its partitions are still this task's; waits for nothing.
    func commit(_ positions: [Position]) throws(ConnectorError) {
        let failure = assignment.locked {
            unsafe assignment.durable(Self.places(positions), consumer.client.raw)
            return assignment.takeFailure()
        }
        if let failure { throw failure }
    }

    func close() { keeper.end() }

    // MARK: Positions and errors

    private static func places(_ positions: [Position]) -> [TopicPartition: LogPosition] {
        var places: [TopicPartition: LogPosition] = [:]
        for position in positions {
            guard let partition = TopicPartition(position.partition), let place = LogPosition(position.offset) else {
                continue
            }
            places[partition] = place
        }
        return places
    }

    private static func isError(_ code: rd_kafka_resp_err_t) -> Bool {
        code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__PARTITION_EOF
    }

    /// The error that the task cannot pass over; what mends itself is logged.
    ///
    /// - Parameter isReading: Whether the task has partitions.
    private func problem(_ trouble: Trouble, isReading: Bool) -> ConnectorError? {
        let code = trouble.code
        if !Self.isError(code) { return nil }
        if Observer.isOfTopic(code) {
            // One that is not there keeps nobody from the others.
            if isReading { missing = [] } else { missing.insert(trouble.text) }
            if isReading || missing.count < config.subscription.count {
                consumer.client.observer.missing(trouble)
                return nil
            }
            let advice = "create the topic, or start what writes to it"
            return .retriable("\(trouble.text): \(advice)", native: KafkaConnector.name(of: code))
        }
        let topic = trouble.topic.isEmpty ? "" : " topic \(trouble.topic)"
        let error = connectorError(
            code, "reading\(topic) from Kafka as group \(config.group) failed", trouble.text)
        if error.kind != .retriable { return error }
        context.log.warning(
            "Reading from Kafka failed for now", ("reason", error.message), ("code", error.native ?? ""))
        return nil
    }
}

extension TopicReader {
    /// Messages of one partition that follow each other.
    @safe
    fileprivate struct Run {
        let partition: TopicPartition
        let handle: OpaquePointer
        /// Behind the last of them.
        var next: Int64
        /// The last of them that has a timestamp.
        var last: LogPosition.Message?

        /// Whether a message comes after these in the same partition.
        func isGoneOnBy(_ message: Received) -> Bool {
            unsafe message.partition == partition.number && message.topicHandle == handle && message.offset >= next
        }
    }
}
