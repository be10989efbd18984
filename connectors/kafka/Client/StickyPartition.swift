import CRdKafka
import Synchronization

/// The partition that a topic's messages without a key go to for a while, so that they fill message sets; then another.
///
/// librdkafka has the same, but works it out for each message, with a look at the clock; a message that comes with its
/// partition costs a fifth less.
@safe
final class StickyPartition: @unchecked Sendable {
    // `@unchecked`: `end` belongs to the producer's thread; what was chosen may come from one of librdkafka's.

    /// How partitions are chosen.
    @safe
    struct Rule {
        fileprivate typealias Partitioner =
            @convention(c) (
                OpaquePointer?, UnsafeRawPointer?, Int, Int32, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
            ) -> Int32

        fileprivate let partitioner: Partitioner
        fileprivate let stay: Duration

        /// Takes this over from librdkafka; nil when messages without a key are to go by their key all the same, or each
        /// to any partition.
        init?(takenFrom configuration: borrowing ClientConfiguration) {
            let setting = "sticky.partitioning.linger.ms"
            guard let stay = configuration.number(setting), stay > 0 else { return nil }
            switch configuration.text("partitioner") {
            case "murmur2_random": unsafe partitioner = rd_kafka_msg_partitioner_murmur2_random
            case "consistent_random": unsafe partitioner = rd_kafka_msg_partitioner_consistent_random
            case "fnv1a_random": unsafe partitioner = rd_kafka_msg_partitioner_fnv1a_random
            case "random": unsafe partitioner = rd_kafka_msg_partitioner_random
            default: return nil
            }
            self.stay = .milliseconds(stay)
            // Otherwise librdkafka would not ask for messages without a key.
            _ = configuration.set(setting, "0")
        }
    }

    private let rule: Rule
    private let chosen = Atomic(RD_KAFKA_PARTITION_UA)
    private var end = ContinuousClock.now

    init(_ rule: Rule) { self.rule = rule }

    /// The one that a topic was made with.
    static func of(_ topic: OpaquePointer) -> StickyPartition? {
        unsafe rd_kafka_topic_opaque(topic).map { unsafe Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    /// The properties of a topic with this.
    func topicProperties(_ client: OpaquePointer) -> OpaquePointer? {
        let properties = unsafe rd_kafka_default_topic_conf_dup(client)
        unsafe rd_kafka_topic_conf_set_partitioner_cb(properties, choosePartition)
        unsafe rd_kafka_topic_conf_set_opaque(properties, Unmanaged.passUnretained(self).toOpaque())
        return unsafe properties
    }

    /// Where the next message without a key goes; -1, which has librdkafka ask for a partition, when another is due.
    func next() -> Int32 {
        let now = ContinuousClock.now
        if now >= end {
            chosen.store(RD_KAFKA_PARTITION_UA, ordering: .relaxed)
            end = now + rule.stay
        }
        return chosen.load(ordering: .relaxed)
    }

    fileprivate func choose(
        _ topic: OpaquePointer?, _ key: UnsafeRawPointer?, _ keyLength: Int, of partitions: Int32
    ) -> Int32 {
        let partition = unsafe rule.partitioner(topic, key, keyLength, partitions, nil, nil)
        if unsafe key == nil { chosen.store(partition, ordering: .relaxed) }
        return partition
    }
}

private func choosePartition(
    _ topic: OpaquePointer?, _ key: UnsafeRawPointer?, _ keyLength: Int, _ partitions: Int32,
    _ opaque: UnsafeMutableRawPointer?, _ tag: UnsafeMutableRawPointer?
) -> Int32 {
    guard let opaque = unsafe opaque else { return RD_KAFKA_PARTITION_UA }
    return unsafe Unmanaged<StickyPartition>.fromOpaque(opaque).takeUnretainedValue()
        .choose(topic, key, keyLength, of: partitions)
}
