internal import ConnectorKit

/// Carries a batch from the thread that read it to the thread that writes it, and back to be used again.
///
/// `@unchecked Sendable`: whoever took it from a queue is the only one to touch it until it is put in another.
final class BatchBox: @unchecked Sendable {
    var batch = RecordBatch(bytes: BatchBox.firstBytes)
    /// Little, since a worker may have thousands of pipelines that read a few records at a time; it grows to what is read.
    private static let firstBytes = 1 << 13
    /// The batch's number, from 1 in the order read.
    var sequence: UInt64 = 0
    /// How many of its rejections, the first ones, are in the dead letter queue already, or counted.
    var takenRejections = 0

    /// Empties it for the next use; memory beyond what any batch needs is given back.
    func reset() {
        if batch.byteCount > SinkFeed.most.bytes { batch = RecordBatch(bytes: Self.firstBytes) } else { batch.reset() }
        sequence = 0
        takenRejections = 0
    }
}
