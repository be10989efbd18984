import CRdKafka
import ConnectorKit

/// Turns what a consumer receives into batches and positions.
@safe
final class TopicReader {
    private let assignment: Assignment
    private let consumer: Consumer
    private let context: SourceContext
    private let stalls: StallReport
    private let group: String
    private var decoder: RecordDecoder
    private var lagIsDue = Duration.zero
    /// The handle of the topic seen last in this poll, and its name.
    private var lastTopic: (handle: OpaquePointer, name: FieldName)?

    init(_ config: SourceConfig, _ context: SourceContext) throws(ConnectorError) {
        self.context = context
        group = config.group
        assignment = Assignment(stored: storedOffsets(context.positions), log: context.log)
        consumer = try Consumer(
            config.configuration(), Observer(context.log), assignment, topics: config.subscription)
        stalls = StallReport(limit: config.stall, consumer, assignment, context)
        decoder = RecordDecoder(config)
    }

    func poll(into batch: inout RecordBatch) throws -> Poll {
        unsafe lastTopic = nil
        unsafe assignment.depart(consumer.client.raw, at: context.clock.monotonic)
        var message = consumer.peek(within: .milliseconds(100))
        while let current = message {
            if let error = problem(current) {
                // What was read before it goes first; the error is met again by the next poll.
                if batch.count + decoder.pending > 0 { break }
                consumer.take()
                throw error
            }
            try read(current, into: &batch)
            consumer.take()
            if batch.count + decoder.pending >= BatchLimit.records || batch.byteCount >= BatchLimit.bytes { break }
            message = consumer.peekReceived()
        }
        try decoder.finish(&batch)
        for (partition, next) in assignment.takeReached() {
            stalls.saw(partition)
            finish(partition, next, &batch)
        }
        let stall = stalls.check(isBusy: batch.count > 0)
        if batch.count == 0, let failure = assignment.takeFailure() ?? hopelessness() ?? stall { throw failure }
        reportLag()
        let isAtEnd = assignment.isAtEnd(at: context.clock.monotonic)
        return batch.count == 0 && isAtEnd ? .idle(.milliseconds(1)) : .more
    }

    private func hopelessness() -> ConnectorError? {
        // Only brokers that answer give partitions.
        if assignment.isKnown { consumer.client.observer.connected() }
        return consumer.client.hopelessness()
    }

    /// Commits to the group what is durable, as far as its partitions are still this task's.
    func commit(_ positions: [Position]) throws(ConnectorError) {
        let offsets = storedOffsets(positions)
        for (partition, offset) in offsets { assignment.durable(partition, upTo: offset) }
        // Between giving partitions back and the next assignment, librdkafka would give up all of them for a commit.
        guard assignment.isSettled else { throw .retriable("the group is in the middle of a rebalance") }
        let own = offsets.filter { assignment.owns($0.key) }
        if !own.isEmpty { try consumer.commit(own.map { ($0.key, $0.value) }) }
        for (partition, offset) in own { assignment.committed(partition, upTo: offset) }
        unsafe assignment.depart(consumer.client.raw, at: context.clock.monotonic)
    }

    func close() {
        unsafe assignment.close(consumer.client.raw)
        consumer.close()
    }

    private func read(_ message: Received, into batch: inout RecordBatch) throws {
        let isMessage = message.code == RD_KAFKA_RESP_ERR_NO_ERROR
        guard isMessage || message.code == RD_KAFKA_RESP_ERR__PARTITION_EOF else { return }
        guard let name = topicName(message) else { return }
        let partition = TopicPartition(topic: name, number: message.partition)
        guard isMessage else {
            stalls.saw(partition)
            if assignment.reads(partition) { assignment.reachedEnd(of: partition, at: message.offset) }
            return
        }
        if !assignment.goesOn(partition, upTo: message.offset + 1) {
            // The group may have taken it away between its arrival and now; its next owner reads it.
            guard assignment.reads(partition) else { return }
            assignment.read(partition, upTo: message.offset + 1)
        }
        try decoder.append(message, topic: name, to: &batch)
    }

    private func finish(_ partition: TopicPartition, _ next: Int64, _ batch: inout RecordBatch) {
        batch.mark(
            Position(
                partition: ["topic": .string(partition.topic.description), "partition": .int(Int64(partition.number))],
                offset: ["offset": .int(next)]))
    }

    /// The error in place of a message that the task cannot pass over; what mends itself is logged.
    private func problem(_ message: Received) -> ConnectorError? {
        let code = message.code
        if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__PARTITION_EOF { return nil }
        if code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET {
            return .configuration(
                "\(message.errorText): there is no offset to begin at; set auto.offset.reset to earliest or latest",
                native: KafkaConnector.name(of: code))
        }
        if code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART {
            let advice = "create the topic, or start what writes to it"
            return .retriable("\(message.errorText): \(advice)", native: KafkaConnector.name(of: code))
        }
        let topic = message.topic.isEmpty ? "" : " topic \(message.topic)"
        let error = connectorError(code, "reading\(topic) from Kafka as group \(group) failed", message.errorText)
        if error.kind != .retriable { return error }
        context.log.warning(
            "Reading from Kafka failed for now", ("reason", error.message), ("code", error.native ?? ""))
        return nil
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
}

/// The offsets in positions of this source; others are passed over.
private func storedOffsets(_ positions: [Position]) -> [TopicPartition: Int64] {
    var offsets: [TopicPartition: Int64] = [:]
    for position in positions {
        guard let topic = position.partition["topic"]?.string, let offset = position.offset["offset"]?.int,
            let number = position.partition["partition"]?.int.flatMap(Int32.init(exactly:)), offset >= 0
        else { continue }
        offsets[TopicPartition(topic: FieldName(interning: topic), number: number)] = offset
    }
    return offsets
}
