internal import ConnectorKit

/// What the sinks of a task say of partitions that its source was given, until all have spoken. Pure: no I/O, no clock.
struct ClaimRound {
    let request: PartitionClaims.Request
    /// By sink: what it has stored, nil for one that stores no positions.
    private var stored: [[Position]?]
    private var awaited: Set<Int>
    private let isLocal: Bool

    /// - Parameters:
    ///   - storing: Whether each sink stores positions.
    ///   - isLocal: Whether one of them stores its positions where other workers do not see them.
    init(_ request: PartitionClaims.Request, storing: [Bool], isLocal: Bool = false) {
        self.request = request
        self.isLocal = isLocal
        stored = storing.map { $0 ? [] : nil }
        awaited = Set(storing.indices.filter { storing[$0] })
    }

    /// Whether every sink has spoken.
    var isComplete: Bool { awaited.isEmpty }

    /// A sink has taken the partitions over and has these positions of them.
    mutating func claimed(sink: Int, _ positions: [Position]) {
        stored[sink] = positions
        awaited.remove(sink)
    }

    /// - Parameter forgotten: Partitions that were reset and not committed since: what sinks stored of them does not count.
    func answers(forgotten: Set<PositionFields>) -> [PartitionClaims.Answer] {
        let bySink = stored.map { $0.map(Self.offsets) }
        return request.partitions.map { partition in
            let offsets = forgotten.contains(partition) ? [] : bySink.compactMap { $0?[partition] }
            return PartitionClaims.Answer(
                request: request.number, partition: partition, offsets: offsets.count == stored.count ? offsets : nil,
                isLocal: isLocal)
        }
    }

    private static func offsets(_ positions: [Position]) -> [PositionFields: PositionFields] {
        Dictionary(positions.map { ($0.partition, $0.offset) }, uniquingKeysWith: { $1 })
    }
}

extension PartitionClaims.Answer {
    /// The position that all sinks have; nil when they do not agree, one has none, or another worker may be further.
    var agreed: Position? {
        guard !isLocal, let offsets, let first = offsets.first, offsets.allSatisfy({ $0 == first }) else { return nil }
        return Position(partition: partition, offset: first)
    }
}
