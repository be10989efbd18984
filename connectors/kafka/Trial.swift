import ConnectorKit
import Synchronization

/// Finds the records of a batch that the brokers refuse, in transactions of its own that are always taken back.
///
/// A refusal ends a transaction with everything in it, and the brokers name the message set, not the record. So once a
/// transaction has ended like that, batches are tried before they are taken, until a transaction is through.
final class Trial {
    /// The transactional ids for which batches are tried. A task that lost earlier batches with its transaction starts
    /// again with new instances, so they are kept here.
    private static let suspects = Mutex<Set<String>>([])

    private static let patience = Duration.seconds(10)

    private let id: String
    private let makeSender: (_ id: String) throws(ConnectorError) -> Sender
    private var sender: Sender?

    /// - Parameters:
    ///   - id: The task's transactional id.
    ///   - makeSender: Makes a sender for transactions under an id.
    init(_ id: String, _ makeSender: @escaping (_ id: String) throws(ConnectorError) -> Sender) {
        self.id = id
        self.makeSender = makeSender
    }

    /// Whether batches are to be tried.
    var isNeeded: Bool { Self.suspects.withLock { $0.contains(id) } }

    /// Has batches tried from now on, or not any more.
    func setNeeded(_ isNeeded: Bool) {
        Self.suspects.withLock { suspects in
            if isNeeded { suspects.insert(id) } else { suspects.remove(id) }
        }
        if !isNeeded { sender = nil }
    }

    /// The records at fault, found by halves.
    ///
    /// - Throws: What concerns more than a record.
    func refused(
        among indices: ArraySlice<Int>, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> [Tally.Failure] {
        guard let first = try attempt(indices, of: batch) else { return [] }
        guard first.error.kind == .rejected else { throw first.error }
        guard indices.count > 1 else { return [first] }
        let middle = indices.startIndex + indices.count / 2
        return try refused(among: indices[..<middle], of: batch) + refused(among: indices[middle...], of: batch)
    }

    /// The first failure; nil when all is well.
    private func attempt(
        _ indices: ArraySlice<Int>, of batch: borrowing RecordBatch
    ) throws(ConnectorError) -> Tally.Failure? {
        // After a failure the next call makes a new one: librdkafka would give up what this one sends next.
        let kept = self.sender.take()
        var sender = if let kept { kept } else { try makeSender("\(id)-trial") }
        do throws(TransactionFault) { try sender.producer.beginTransaction() } catch { throw error.error }
        let outcome = try sender.send(indices, of: batch)
        do throws(TransactionFault) {
            try sender.producer.abortTransaction(within: Self.patience)
        } catch {
            throw error.error
        }
        if outcome.failed.isEmpty { self.sender = consume sender }
        return outcome.failed.first
    }
}
