internal import ConnectorKit

/// Feeds one sink with the batches that its task reads.
///
/// What is read while the sink is busy is joined to one larger batch, bounded by ``most``, so that a sink that pays for
/// each call, as one that waits for a server does, is called less often the more it falls behind, and a slow one never has
/// more than it can take soon. Nothing waits for a batch to fill: a sink that has nothing to do gets what there is, and one
/// that leaves batches under way each by itself.
final class SinkFeed {
    /// Beyond this nothing is read until the sink has taken something.
    static let most = (records: 8 * BatchLimit.records, bytes: 8 * BatchLimit.bytes)

    let lane: SinkLane
    private var gathered: BatchBox?

    init(_ lane: SinkLane) { self.lane = lane }

    /// Whether another batch may be taken.
    var hasRoom: Bool {
        if lane.isDirect { return lane.hasRoom }
        return lane.isPipelined ? gathered == nil : !holds(part: 1)
    }
    /// Whether something is waiting here or in the lane, or its outcome was not taken.
    var isBusy: Bool { gathered != nil || lane.unanswered > 0 }

    /// Takes a batch.
    ///
    /// - Parameters:
    ///   - isLast: Whether no other sink needs the batch, so that it may be kept.
    ///   - spare: Makes an empty batch.
    /// - Returns: Whether the batch was kept; otherwise what it holds was copied.
    func take(_ box: BatchBox, isLast: Bool, spare: () -> BatchBox) async throws(TaskFailure) -> Bool {
        if isLast, gathered == nil {
            gathered = box
            await pass()
            return true
        }
        let target = gathered ?? spare()
        do {
            try target.batch.appendAll(from: box.batch)
        } catch {
            throw TaskFailure(error, during: "copying a batch for sink \(lane.name)")
        }
        target.sequence = box.sequence
        gathered = target
        await pass()
        return false
    }

    /// Whether ``pass()`` would hand something on: the sink has nothing to do, or there is enough for it to have next.
    var canPass: Bool {
        if gathered == nil { return false }
        return lane.isDirect || lane.isIdle || (lane.hasRoom && (lane.isPipelined || holds(part: 2)))
    }

    /// Hands on what has gathered.
    func pass() async {
        guard canPass, let box = gathered else { return }
        gathered = nil
        await lane.send(.deliver(box))
    }

    /// Whether nothing has gathered, and the sink owes the outcome of batches and waits for nothing.
    var canSettle: Bool { gathered == nil && lane.isOwed }

    /// Has the sink wait for what becomes of everything it has under way.
    func settle() async { if canSettle { await lane.send(.settle) } }

    private func holds(part: Int) -> Bool {
        guard let batch = gathered else { return false }
        let records = max(BatchLimit.records, min(lane.portion, Self.most.records))
        return batch.batch.count >= records / part || batch.batch.byteCount >= Self.most.bytes / part
    }
}
