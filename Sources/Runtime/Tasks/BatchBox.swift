internal import ConnectorKit

/// Carries a batch from the thread that read it to the thread that writes it, and back to be used again.
///
/// `@unchecked Sendable`: whoever took it from a queue is the only one to touch it until it is put in another.
final class BatchBox: @unchecked Sendable {
    var batch = RecordBatch()
    /// The batch's number, from 1 in the order read.
    var sequence: UInt64 = 0
    /// How many of its rejections are in the dead letter queue already, or counted.
    var settledRejections = 0

    /// Empties it for the next use.
    func reset() {
        batch.reset()
        sequence = 0
        settledRejections = 0
    }
}
