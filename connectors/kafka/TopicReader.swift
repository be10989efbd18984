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
    /// The handle of the topic seen last in this poll, and its name.
    private var lastTopic: (handle: OpaquePointer, name: FieldName)?

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
        let keeper = GroupKeeper(consumer, stalls, context, readsCommitted: config.readsCommitted)
        try keeper.start()
        return (consumer, stalls, keeper)
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        unsafe lastTopic = nil
        if let trouble = keeper.takeTrouble(), let error = problem(trouble) { throw error }
        consumer.wait(atMost: .milliseconds(100))
        // The only lock, once per poll: meanwhile the keeper hears of no rebalance.
        let (poll, isStale) = try assignment.locked { (try readOn(into: &batch), assignment.isStale) }
        if isStale { try joinAnew() }
        return poll
    }

    private func readOn(into batch: inout RecordBatch) throws -> Poll {
        try goOnInGroup()
        try read(into: &batch)
        for (partition, next) in assignment.holdings.takeReached() {
            stalls.saw(partition)
            batch.mark(Self.position(partition, next))
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
                if let error = problem(trouble) { throw error }
                continue
            }
            try read(message, into: &batch)
            consumer.take()
            if batch.count + decoder.pending >= BatchLimit.records || batch.byteCount >= BatchLimit.bytes { break }
        }
        try decoder.finish(&batch)
    }

    private func read(_ message: Received, into batch: inout RecordBatch) throws {
        guard let name = topicName(message) else { return }
        let partition = TopicPartition(topic: name, number: message.partition)
        guard message.code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            stalls.saw(partition)
            if assignment.holdings.reads(partition) {
                assignment.holdings.reachedEnd(of: partition, at: message.offset)
            }
            return
        }
        if !assignment.holdings.goesOn(partition, upTo: message.offset + 1) {
            // The group may have taken it away between its arrival and now; its next owner reads it.
            guard assignment.holdings.reads(partition) else { return }
            assignment.holdings.read(partition, upTo: message.offset + 1)
        }
        try decoder.append(message, topic: name, to: &batch)
    }

    private func topicName(_ message: Received) -> FieldName? {
        guard let handle = unsafe message.topicHandle else { return nil }
        if let last = unsafe lastTopic, unsafe last.handle == handle { return unsafe last.name }
        let name = FieldName(interning: message.topic)
        unsafe lastTopic = unsafe (handle, name)
        return name
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
                partition, request: answer.request, offset: try Self.start(answer), isLocal: answer.isLocal)
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
    private static func start(_ answer: PartitionClaims.Answer) throws(ConnectorError) -> Int64? {
        var smallest: Int64?
        for fields in answer.offsets ?? [] {
            guard let offset = fields["offset"]?.int, offset >= 0 else {
                throw .configuration(
                    "a sink holds the position \(fields.json) for \(answer.partition.json); expected {\"offset\":n}, "
                        + "which the kafka source stores; reset it with sluice offsets reset")
            }
            smallest = min(smallest ?? offset, offset)
        }
        return smallest
    }

    /// Tells the group what is durable, as far as its partitions are still this task's; waits for nothing.
    func commit(_ positions: [Position]) throws(ConnectorError) {
        let failure = assignment.locked {
            unsafe assignment.durable(Self.offsets(positions), consumer.client.raw)
            return assignment.takeFailure()
        }
        if let failure { throw failure }
    }

    func close() { keeper.end() }

    // MARK: Positions and errors

    private static func position(_ partition: TopicPartition, _ next: Int64) -> Position {
        Position(partition: partition.fields, offset: ["offset": .int(next)])
    }

    private static func offsets(_ positions: [Position]) -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        for position in positions {
            guard let partition = TopicPartition(position.partition), let offset = position.offset["offset"]?.int
            else { continue }
            offsets[partition] = offset
        }
        return offsets
    }

    private static func isError(_ code: rd_kafka_resp_err_t) -> Bool {
        code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__PARTITION_EOF
    }

    /// The error that the task cannot pass over; what mends itself is logged.
    private func problem(_ trouble: Trouble) -> ConnectorError? {
        let code = trouble.code
        if !Self.isError(code) { return nil }
        if code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET {
            return .configuration(
                "\(trouble.text): there is no offset to begin at; set auto.offset.reset to earliest or latest",
                native: KafkaConnector.name(of: code))
        }
        if Observer.isOfTopic(code) {
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
