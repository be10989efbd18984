public import ConnectorKit

/// Where the worker keeps how far each pipeline has come.
///
/// Safe from any thread. A protocol, so that a worker of a group can keep its positions in a compacted topic instead.
public protocol PositionStore: Sendable {
    /// Names the worker that this store belongs to: drawn when the store was made, the same from then on.
    var workerID: String { get }
    /// The stored positions of a pipeline, one for each partition.
    func positions(of pipeline: String) throws(StateError) -> [Position]
    /// Makes positions durable, all or none; returns only when they would survive a loss of power.
    func commit(_ positions: [Position], of pipeline: String) throws(StateError)
    /// Makes durable what sinks had stored with their data, except for partitions whose position is not the one in `known`
    /// any more: another task of the pipeline has got further with them meanwhile.
    func learn(
        _ positions: [Position], of pipeline: String, unlessChangedSince known: [Position]
    ) throws(StateError)
    /// Every pipeline that has positions, in name order.
    func pipelines() throws(StateError) -> [String]
    /// The partitions of a pipeline whose positions were forgotten, and not committed since.
    func forgotten(of pipeline: String) throws(StateError) -> Set<PositionFields>
    /// Forgets the positions of a pipeline, or of one partition of it; returns how many were forgotten.
    func reset(_ pipeline: String, partition: PositionFields?) throws(StateError) -> Int
}

/// Something wrong with the worker's state.
public struct StateError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: Sendable {
        /// Another worker holds the file.
        case locked
        /// The file is damaged or no state of ours; nothing in it was changed.
        case corrupted
        /// The file system refused.
        case unavailable
    }

    /// What is wrong.
    public let kind: Kind
    /// One sentence: what, where and what to do.
    public let message: String
    /// The sentence.
    public var description: String { message }
}
