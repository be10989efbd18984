import ConnectorKit

/// Which positions may be committed: those that every sink has made durable, without a gap.
///
/// Batches are numbered from 1 in the order they were read. A sink reports a number through which everything is durable;
/// the smallest of them over all sinks bounds what is committed. Pure: no I/O, no clock.
struct DeliveryLedger {
    private struct Entry {
        let sequence: UInt64
        let positions: [Position]
    }

    private var pending: [Entry] = []
    private var durable: [UInt64]
    private(set) var lastSequence: UInt64 = 0

    /// For a task with this many sinks, at least one.
    init(sinks: Int) { durable = Array(repeating: 0, count: sinks) }

    /// Numbers the batch that was just read and keeps the positions it reaches.
    mutating func batchRead(reaching positions: [Position]) -> UInt64 {
        lastSequence += 1
        if !positions.isEmpty { pending.append(Entry(sequence: lastSequence, positions: positions)) }
        return lastSequence
    }

    /// Everything through `sequence` is durable in the sink of this index; an older report changes nothing.
    mutating func becameDurable(sink: Int, through sequence: UInt64) {
        durable[sink] = max(durable[sink], sequence)
    }

    /// Everything through this number is durable in every sink.
    var durableThrough: UInt64 { durable.min() ?? 0 }

    /// Whether something read is not yet durable everywhere.
    var isBehind: Bool { durableThrough < lastSequence }

    /// Whether positions of any of these partitions were read and not taken out yet.
    func holds(anyOf partitions: [PositionFields]) -> Bool {
        pending.contains { $0.positions.contains { partitions.contains($0.partition) } }
    }

    /// The positions that everything read so far reaches and that are not committed, the newest of each partition.
    var reached: [Position] { newest(of: pending.flatMap(\.positions)) }

    /// Takes out the positions that may be committed now, the newest of each partition, in the order first reached.
    mutating func takeCommittable() -> [Position] {
        let through = durableThrough
        let ready = pending.prefix { $0.sequence <= through }
        pending.removeFirst(ready.count)
        return newest(of: ready.flatMap(\.positions))
    }
}

/// The last position of each partition, in the order the partitions first appear.
func newest(of positions: [Position]) -> [Position] {
    var order: [PositionFields] = []
    var newest: [PositionFields: Position] = [:]
    for position in positions {
        if newest.updateValue(position, forKey: position.partition) == nil { order.append(position.partition) }
    }
    return order.compactMap { newest[$0] }
}
