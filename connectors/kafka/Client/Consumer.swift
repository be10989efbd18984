import CRdKafka
import ConnectorKit

/// Receives messages as a member of a group. One thread at a time.
@safe
final class Consumer {
    let client: KafkaClient
    private let assignment: Assignment
    private let queue: OpaquePointer
    private var messages: [UnsafeMutablePointer<rd_kafka_message_t>?]
    private var count = 0
    private var next = 0
    private var waker: FetchWaker?

    /// Joins the group; a topic that begins with `^` is a pattern.
    init(
        _ configuration: borrowing ClientConfiguration, _ observer: Observer, _ assignment: Assignment, topics: [String]
    ) throws(ConnectorError) {
        self.assignment = assignment
        observer.rebalance = assignment
        client = try configuration.client(RD_KAFKA_CONSUMER, observer)
        unsafe rd_kafka_poll_set_consumer(client.raw)
        unsafe queue = rd_kafka_queue_get_consumer(client.raw)
        unsafe messages = Array(repeating: nil, count: BatchLimit.records)
        waker = SourceConfig.isWoken(rd_kafka_version()) ? FetchWaker(limit: SourceConfig.ahead) : nil
        try subscribe(topics)
    }

    deinit {
        dropMessages()
        unsafe rd_kafka_queue_destroy(queue)
    }

    private func subscribe(_ topics: [String]) throws(ConnectorError) {
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(topics.count)) else {
            throw .fatal("librdkafka is out of memory")
        }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for topic in topics { _ = unsafe rd_kafka_topic_partition_list_add(list, topic, -1) }
        let code = unsafe rd_kafka_subscribe(client.raw, list)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw connectorError(code, "topics \(topics.joined(separator: ", ")) cannot be subscribed to")
    }

    /// The first message that was not taken; waits for one at most `timeout`. Valid until ``take()``.
    func peek(within timeout: Duration) -> Received? {
        if next == count { fetch(within: timeout) }
        return peekReceived()
    }

    /// The first message at hand that was not taken.
    func peekReceived() -> Received? {
        guard next < count, let message = unsafe messages[next] else { return nil }
        return unsafe Received(message)
    }

    /// Forgets the first message.
    func take() {
        guard next < count, let message = unsafe messages[next] else { return }
        unsafe rd_kafka_message_destroy(message)
        unsafe messages[next] = nil
        next += 1
    }

    /// Has the end of this consumer leave the group in order.
    func close() {
        dropMessages()
        client.leavesGroup = true
    }

    /// librdkafka's batch call waits until the batch is full, so the first message is waited for by itself.
    private func fetch(within timeout: Duration) {
        (count, next) = (0, 0)
        guard let first = unsafe rd_kafka_consumer_poll(client.raw, Int32(timeout.milliseconds)) else { return }
        unsafe messages[0] = unsafe first
        let more = unsafe messages.withUnsafeMutableBufferPointer { buffer in
            unsafe rd_kafka_consume_batch_queue(queue, 0, buffer.baseAddress.map { unsafe $0 + 1 }, buffer.count - 1)
        }
        count = 1 + max(0, Int(more))
        if waker != nil { wakeFetcher() }
    }

    private func wakeFetcher() {
        var bytes = 0
        for index in 0..<count { unsafe bytes += messages[index]?.pointee.len ?? 0 }
        let waiting = unsafe rd_kafka_queue_length(queue)
        guard waker?.isDue(waiting: waiting, ofSize: bytes / count) == true else { return }
        guard let list = unsafe rd_kafka_topic_partition_list_new(0) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for (partition, _) in assignment.partitions {
            let name = partition.topic.description
            unsafe rd_kafka_topic_partition_list_add(list, name, partition.number)?.pointee.offset = Int64(
                RD_KAFKA_OFFSET_END)
        }
        // Waits for no answer: that a request goes to every broker of these partitions is all that matters.
        unsafe _ = rd_kafka_offsets_for_times(client.raw, list, 0)
    }

    private func dropMessages() { while next < count { take() } }

    /// Commits offsets to the group and waits for its answer, at most 10 seconds.
    func commit(_ offsets: [(TopicPartition, Int64)]) throws(ConnectorError) {
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(offsets.count)),
            let answers = unsafe rd_kafka_queue_new(client.raw)
        else { throw .fatal("librdkafka is out of memory") }
        defer {
            unsafe rd_kafka_topic_partition_list_destroy(list)
            unsafe rd_kafka_queue_destroy(answers)
        }
        for (partition, offset) in offsets {
            guard
                let element = unsafe rd_kafka_topic_partition_list_add(
                    list, partition.topic.description, partition.number)
            else { continue }
            unsafe element.pointee.offset = offset
        }
        var code = unsafe rd_kafka_commit_queue(client.raw, list, answers, nil, nil)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            let event = unsafe rd_kafka_queue_poll(answers, 10_000)
            defer { unsafe rd_kafka_event_destroy(event) }
            code = unsafe event == nil ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event)
        }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw connectorError(code, "committing offsets to the group failed")
    }

    /// Messages that wait behind what was read, as far as the brokers have said; nil while none has.
    func lag() -> Int? {
        var lag: Int?
        for (partition, next) in assignment.partitions {
            var (low, high): (Int64, Int64) = (0, 0)
            let code = unsafe rd_kafka_get_watermark_offsets(
                client.raw, partition.topic.description, partition.number, &low, &high)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0, let next else { continue }
            lag = (lag ?? 0) + Int(max(0, high - next))
        }
        return lag
    }
}
