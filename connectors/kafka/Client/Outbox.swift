import CRdKafka
import ConnectorKit

/// Messages for one topic that are handed to librdkafka together: one at a time each costs it two looks at the clock and a
/// lock more. They are sent or dropped before their batch is given back, since values may stand in it.
@safe
struct Outbox: ~Copyable {
    /// With this much it is full.
    private static let most = (messages: 500, bytes: 256 << 10)

    private var text = JSONWriter(capacity: 1 << 16)
    private var contents: [Message.Content] = []
    private var tags: [Int] = []
    private var messages: [rd_kafka_message_t] = unsafe []
    /// The topic of what it holds.
    private var topic: OpaquePointer?
    private var message: Message

    init(_ config: borrowing SinkConfig) { message = Message(config) }

    var isEmpty: Bool { tags.isEmpty }
    /// The records whose messages it holds.
    var indices: [Int] { tags.map(Tally.index) }
    /// Whether the message written last has a key.
    var endsWithKey: Bool { message.hasKey }
    /// The bytes of the message written last.
    var lastSize: Int { message.size }
    /// The time of the message written last; 0 for the time of sending.
    var lastTimestamp: Int64 { message.timestamp }
    /// Whether the message written last must be sent by ``sendLast(_:to:tag:)``, behind what is held.
    var endsAlone: Bool { !message.isPlain }

    /// Whether a message for a topic may be added without a ``send()`` before.
    func takes(_ topic: OpaquePointer) -> Bool {
        if isEmpty { return true }
        let isFull = tags.count >= Self.most.messages || text.count >= Self.most.bytes
        return unsafe !isFull && topic == self.topic
    }

    /// Writes the message of a record, to be added, sent alone, or left.
    ///
    /// - Returns: What keeps it from being sent; nil when nothing does.
    mutating func write(_ record: borrowing Record, _ config: borrowing SinkConfig) -> ConnectorError? {
        if isEmpty { text.removeAll() }
        return message.encode(record, config, to: &text)
    }

    /// Adds the message written last.
    mutating func add(to topic: OpaquePointer, tag: Int) {
        unsafe self.topic = unsafe topic
        contents.append(message.content)
        tags.append(tag)
    }

    /// Sends the message written last by itself.
    func sendLast(_ client: OpaquePointer, to topic: OpaquePointer, tag: Int) -> rd_kafka_resp_err_t {
        let headers = unsafe message.headerList()
        let sticky = unsafe message.hasKey ? nil : StickyPartition.of(topic)
        let partition = sticky?.next() ?? RD_KAFKA_PARTITION_UA
        let code = unsafe text.withBytes { text in
            let value = unsafe Self.part(message.content.value, of: text)
            let key = unsafe Self.part(message.content.key, of: text)
            return unsafe sluice_kafka_produce(
                client, topic, partition, message.timestamp, value.baseAddress, value.count, key.baseAddress, key.count,
                headers, UnsafeMutableRawPointer(bitPattern: tag))
        }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR, let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
        return code
    }

    /// Sends what it holds, and keeps only what librdkafka had no room for.
    ///
    /// - Returns: How many it has taken, and which it refuses.
    mutating func send() -> (taken: Int, refused: [(tag: Int, code: rd_kafka_resp_err_t)]) {
        guard let topic = unsafe topic, !isEmpty else { return (0, []) }
        unsafe messages.removeAll(keepingCapacity: true)
        let sticky = unsafe StickyPartition.of(topic)
        var count = 0
        // When another partition is due, the first message has librdkafka ask for it.
        if let sticky, sticky.next() < 0 {
            count += unsafe send(1, to: topic, RD_KAFKA_PARTITION_UA)
            if unsafe messages[0].err == RD_KAFKA_RESP_ERR__QUEUE_FULL { return (0, []) }
        }
        let partition = sticky?.next() ?? RD_KAFKA_PARTITION_UA
        count += unsafe send(tags.count - messages.count, to: topic, partition)
        if count < tags.count { return (count, keepUnsent()) }
        removeAll()
        return (count, [])
    }

    /// Sends the next messages, those without a key to a partition.
    ///
    /// - Returns: How many were taken.
    private mutating func send(_ count: Int, to topic: OpaquePointer, _ partition: Int32) -> Int {
        let first = unsafe messages.count
        unsafe text.withBytes { text in
            for index in first..<(first + count) {
                let value = unsafe Self.part(contents[index].value, of: text)
                let key = unsafe Self.part(contents[index].key, of: text)
                unsafe messages.append(Self.message(value: value, key: key, partition, tags[index]))
            }
        }
        return unsafe messages.withUnsafeMutableBufferPointer { messages in
            Int(
                unsafe rd_kafka_produce_batch(
                    topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION,
                    messages.baseAddress.map { unsafe $0 + first }, Int32(count)))
        }
    }

    mutating func removeAll() {
        contents.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
    }

    private mutating func keepUnsent() -> [(tag: Int, code: rd_kafka_resp_err_t)] {
        var refused: [(tag: Int, code: rd_kafka_resp_err_t)] = []
        var kept = 0
        for index in tags.indices {
            let code = unsafe messages[index].err
            if code == RD_KAFKA_RESP_ERR__QUEUE_FULL {
                (contents[kept], tags[kept]) = (contents[index], tags[index])
                kept += 1
            } else if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                refused.append((tags[index], code))
            }
        }
        contents.removeLast(contents.count - kept)
        tags.removeLast(tags.count - kept)
        return refused
    }

    private static func part(_ part: Message.Part, of text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        switch part {
        case .none: unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        case .written(let range): unsafe UnsafeRawBufferPointer(rebasing: text[range])
        case .standing(let bytes): unsafe bytes
        }
    }

    private static func message(
        value: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, _ partition: Int32, _ tag: Int
    ) -> rd_kafka_message_t {
        unsafe rd_kafka_message_t(
            err: RD_KAFKA_RESP_ERR_NO_ERROR, rkt: nil,
            partition: key.baseAddress == nil ? partition : RD_KAFKA_PARTITION_UA,
            payload: UnsafeMutableRawPointer(mutating: value.baseAddress), len: value.count,
            key: UnsafeMutableRawPointer(mutating: key.baseAddress), key_len: key.count, offset: 0,
            _private: UnsafeMutableRawPointer(bitPattern: tag))
    }
}
