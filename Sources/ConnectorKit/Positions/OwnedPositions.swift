/// The positions that one task of a sink stores with its data, and how it notices that another has taken one over. Pure:
/// no I/O, no clock; for one thread.
///
/// Each stored position has an epoch, raised whenever the position changes or somebody takes its partition over. A task
/// stores a position only where it finds the epoch it expects, in the same step as the data; otherwise nothing of that
/// step may become visible.
public struct OwnedPositions: Sendable {
    /// What is stored of a partition.
    public struct Stored: Sendable, Hashable {
        /// What is read.
        public let partition: PositionFields
        /// How far it has been read; nil when that is not known here, as for a partition that was only taken over.
        public let offset: PositionFields?
        /// Counts its changes, from 1.
        public let epoch: Int64

        /// Gathers what is stored.
        public init(partition: PositionFields, offset: PositionFields?, epoch: Int64) {
            self.partition = partition
            self.offset = offset
            self.epoch = epoch
        }

        /// Reads what a sink stored as JSON.
        ///
        /// - Parameter place: Where it stands, as an operator finds it.
        /// - Throws: A configuration error that names the position and its place when it is no position.
        public init(partition: String, offset: String?, epoch: Int64, in place: String) throws(ConnectorError) {
            let reached = offset.flatMap(PositionFields.init(json:))
            guard let fields = PositionFields(json: partition), offset == nil || reached != nil else {
                throw .configuration(
                    "the position \(offset ?? "null") of partition \(partition), stored in \(place), is no flat JSON object; "
                        + "correct it there, or delete it to go on from what the worker has stored")
            }
            self.init(partition: fields, offset: reached, epoch: epoch)
        }

        /// The position; nil when there is only an epoch.
        public var position: Position? { offset.map { Position(partition: partition, offset: $0) } }
    }

    /// A change that is to be stored.
    public struct Change: Sendable, Hashable {
        /// What is read.
        public let partition: PositionFields
        /// How far it has been read; nil forgets it, if nobody has changed it since.
        public let offset: PositionFields?
        /// The epoch that has to be found; 0 when nothing may be stored yet.
        public let expected: Int64

        /// The epoch afterwards.
        public var epoch: Int64 { offset == nil ? expected : expected + 1 }
    }

    private let claimsPartitions: Bool
    private var epochs: [PositionFields: Int64] = [:]
    private var pending: [PositionFields: PositionFields] = [:]
    /// Stored by the last flush, and known to the worker by the next.
    private var forgettable: Set<PositionFields> = []
    /// Stored since the last flush.
    private var early: Set<PositionFields> = []

    /// - Parameter claimsPartitions: ``SinkContext/claimsPartitions``: then nothing is ever forgotten.
    public init(claimsPartitions: Bool) { self.claimsPartitions = claimsPartitions }

    /// This is stored as it stands: read at the start, or taken over just now.
    public mutating func found(_ stored: some Sequence<Stored>) {
        for entry in stored { epochs[entry.partition] = entry.epoch }
    }

    /// The worker has these by the next flush, which is to forget them, lest they override a reset.
    public mutating func forgetLater(_ partitions: some Sequence<PositionFields>) {
        if !claimsPartitions { forgettable.formUnion(partitions) }
    }

    /// What was taken reaches this position.
    public mutating func move(to position: Position) { pending[position.partition] = position.offset }

    /// Whether a flush has something to store or to take note of.
    public var hasChanges: Bool { !pending.isEmpty || !forgettable.isEmpty || !early.isEmpty }

    /// Whether positions were reached that are not stored.
    public var isBehind: Bool { !pending.isEmpty }

    /// What has to be stored, ordered by ``PositionFields/json`` of the partition, so that no two tasks can wait for each
    /// other.
    ///
    /// - Parameter atFlush: False for a sink that commits on its own between two flushes, which forgets nothing.
    public func changes(atFlush: Bool = true) -> [Change] {
        let moved = pending.map { Change(partition: $0, offset: $1, expected: epochs[$0] ?? 0) }
        let known = atFlush ? forgettable.subtracting(pending.keys) : []
        let forgotten = known.map { Change(partition: $0, offset: nil, expected: epochs[$0] ?? 0) }
        return (moved + forgotten).sorted { $0.partition.json < $1.partition.json }
    }

    /// The changes are durable.
    ///
    /// - Parameter atFlush: As in ``changes(atFlush:)``.
    public mutating func stored(atFlush: Bool = true) {
        for partition in pending.keys { epochs[partition, default: 0] += 1 }
        early.formUnion(pending.keys)
        forgettable = atFlush ? early : forgettable.subtracting(early)
        if atFlush { early = [] }
        if claimsPartitions { (early, forgettable) = ([], []) }
        pending = [:]
    }

    /// What a task fails with that has lost a partition.
    public static func takenOver(_ partition: PositionFields) -> ConnectorError {
        ConnectorError(
            .restartable,
            "another worker or task has taken over partition \(partition.json); what this task had not committed is rolled back"
        )
    }
}
