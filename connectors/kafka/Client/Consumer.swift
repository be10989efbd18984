import CRdKafka
import ConnectorKit

/// Receives messages as a member of a group.
///
/// Messages come through a queue of their own and are taken by the task; the news of the group come through librdkafka's
/// and are heard by the keeper.
@safe
final class Consumer: @unchecked Sendable {
    // `@unchecked`: the messages at hand belong to the task, and librdkafka locks what is its own.
    let client: KafkaClient
    let assignment: Assignment
    let group: String
    private let queue: OpaquePointer
    private var messages: [UnsafeMutablePointer<rd_kafka_message_t>?]
    private var count = 0
    private var next = 0
    private var waker: FetchWaker?

    /// Joins the group.
    init(_ config: SourceConfig, _ observer: Observer, _ assignment: Assignment) throws(ConnectorError) {
        self.assignment = assignment
        group = config.group
        observer.rebalance = assignment
        client = try config.configuration().client(RD_KAFKA_CONSUMER, observer)
        unsafe rd_kafka_poll_set_consumer(client.raw)
        unsafe queue = rd_kafka_queue_new(client.raw)
        unsafe messages = Array(repeating: nil, count: BatchLimit.records)
        waker = SourceConfig.isWoken(rd_kafka_version()) ? FetchWaker(SourceConfig.ahead) : nil
        try subscribe(config.subscription)
    }

    deinit {
        dropMessages()
        unsafe rd_kafka_queue_destroy(queue)
    }

    /// A topic that begins with `^` is a pattern.
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

    // MARK: The task's side

    /// Waits until a message is at hand, at most `timeout`. Outside of the assignment's lock.
    ///
    /// librdkafka's batch call waits until the batch is full, so the first message is waited for by itself.
    func wait(atMost timeout: Duration) {
        guard next == count else { return }
        (count, next) = (0, 0)
        count = receive(from: 0, upTo: 1, within: timeout)
        guard count == 1 else { return }
        count += receive(from: 1, upTo: BatchLimit.records, within: .zero)
    }

    private func receive(from start: Int, upTo end: Int, within timeout: Duration) -> Int {
        let received = unsafe messages.withUnsafeMutableBufferPointer { buffer in
            unsafe rd_kafka_consume_batch_queue(
                queue, Int32(timeout.milliseconds), buffer.baseAddress.map { unsafe $0 + start }, end - start)
        }
        return max(0, Int(received))
    }

    /// Begins to read what the sinks have taken over, and forgets what came of partitions that were taken away. Inside the
    /// lock.
    func update() {
        let dropped = assignment.holdings.takeDropped()
        if !dropped.isEmpty { drop(dropped) }
        unsafe assignment.begin(client.raw, into: queue)
        if waker != nil, count > 0, next == 0 { wakeFetcher() }
    }

    /// What is at hand came before the partition was begun anew, if it was.
    private func drop(_ partitions: Set<TopicPartition>) {
        for index in next..<count {
            guard let message = unsafe messages[index] else { continue }
            let received = unsafe Received(message)
            let partition = TopicPartition(topic: received.topic, number: received.partition)
            guard partitions.contains(partition) else { continue }
            unsafe rd_kafka_message_destroy(message)
            unsafe messages[index] = nil
        }
    }

    /// The first message at hand that was not taken. Valid until ``take()``.
    func peek() -> Received? {
        while next < count {
            if let message = unsafe messages[next] { return unsafe Received(message) }
            next += 1
        }
        return nil
    }

    /// Forgets the first message.
    func take() {
        guard next < count, let message = unsafe messages[next] else { return }
        unsafe rd_kafka_message_destroy(message)
        unsafe messages[next] = nil
        next += 1
    }

    private func dropMessages() { while peek() != nil { take() } }

    private func wakeFetcher() {
        var bytes = 0
        for index in 0..<count { unsafe bytes += messages[index]?.pointee.len ?? 0 }
        let waiting = unsafe rd_kafka_queue_length(queue)
        guard waker?.isDue(waiting: waiting, ofSize: bytes / count) == true else { return }
        let ends = assignment.holdings.partitions.map { ($0.0, Int64(RD_KAFKA_OFFSET_END)) }
        guard let list = unsafe Assignment.list(ends) else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        // Waits for no answer: that a request goes to every broker of these partitions is all that matters.
        unsafe _ = rd_kafka_offsets_for_times(client.raw, list, 0)
    }

    /// Messages that wait behind what was read, as far as the brokers have said; nil while none has. Inside the lock.
    func lag() -> Int? {
        var lag: Int?
        for (partition, next) in assignment.holdings.partitions {
            var (low, high): (Int64, Int64) = (0, 0)
            let code = unsafe rd_kafka_get_watermark_offsets(
                client.raw, partition.topic, partition.number, &low, &high)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0, let next else { continue }
            lag = (lag ?? 0) + Int(max(0, high - next))
        }
        return lag
    }

    // MARK: The keeper's side

    /// Takes part in rebalances and takes answers to commits, for at most `timeout`. Outside of the lock.
    ///
    /// - Returns: An error that concerns more than a partition.
    func listen(within timeout: Duration) -> Trouble? {
        guard let message = unsafe rd_kafka_consumer_poll(client.raw, Int32(timeout.milliseconds)) else { return nil }
        defer { unsafe rd_kafka_message_destroy(message) }
        let received = unsafe Received(message)
        // A message of a partition whose queue librdkafka has forgotten: it is fetched again.
        if unsafe received.topicHandle != nil,
            [RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__PARTITION_EOF].contains(received.code)
        {
            let partition = TopicPartition(topic: received.topic, number: received.partition)
            assignment.locked { assignment.holdings.recheck(partition) }
            return nil
        }
        return received.trouble
    }

    /// Leaves the group in order, and waits for that at most `timeout`. Outside of the lock.
    func close(within timeout: Duration) { client.leaveGroup(within: timeout) }
}
