import ConnectorKit

/// Keeps the positions of one life of a task in the collection `sluice_positions`, and makes way for it where an earlier
/// owner of its partitions stands still.
final class PositionKeeper {
    private let client: Client
    private let context: SinkContext
    private var collection: PositionCollection
    /// The longest wait for a former owner that stands still.
    private let patience: Duration
    /// Names this life of the task to others.
    private let owner: String
    /// The epoch of the task, where its partitions are not claimed.
    private let epoch: Int64
    /// The session that the server knows as this task's.
    private var known: [UInt8]
    private var owned: OwnedPositions
    /// The sessions of those whose partitions were claimed last.
    private var former: [BSONDocument] = []
    /// The positions that were stored at the start.
    let stored: [Position]

    init(_ client: Client, _ context: SinkContext, timeout: Duration, session: Session) throws {
        self.client = client
        self.context = context
        collection = PositionCollection(pipeline: context.pipeline, sink: context.name, task: context.task)
        let claimsPartitions = context.claimsPartitions
        patience = timeout / 6
        owner = "\(context.worker) \(String(UInt64.random(in: .min ... .max), radix: 36))"
        owned = OwnedPositions(claimsPartitions: claimsPartitions)
        known = session.identifier
        epoch = claimsPartitions ? 0 : try collection.takeOver(known, over: client)
        let rows = claimsPartitions ? [] : try collection.load(over: client)
        owned.found(rows.map(\.stored))
        let positions = rows.compactMap { row in row.stored.position.map { (position: $0, task: row.task) } }
        let task = context.task
        owned.forgetLater(
            positions.filter { $0.task == task.index || $0.task >= task.count }.map(\.position.partition))
        stored = positions.map(\.position)
    }

    /// Takes partitions over, ending an owner's transaction that holds their positions for too long.
    func claim(_ partitions: [PositionFields]) throws -> [Position] {
        let partitions = Array(Set(partitions))
        // The group that the source is a member of is known by now.
        collection = PositionCollection(pipeline: context.positionsOwner, sink: context.name, task: context.task)
        former = try collection.otherSessions(of: partitions, than: owner, over: client)
        let stored: [OwnedPositions.Stored]
        do {
            stored = try take(partitions)
        } catch let error as ServerError where error.meaning == .busy && !former.isEmpty {
            makeWay()
            stored = try take(partitions)
        }
        owned.found(stored)
        return try stored.compactMap(\.position) + old(stored.filter { $0.offset == nil }.map(\.partition))
    }

    /// What a version that did not claim partitions stored under the pipeline's name, of partitions without a position.
    private func old(_ partitions: [PositionFields]) throws -> [Position] {
        let old = PositionCollection(pipeline: context.pipeline, sink: context.name, task: context.task)
        if partitions.isEmpty || old.pipeline == collection.pipeline { return [] }
        return try old.stored(of: partitions, over: client).compactMap(\.position)
    }

    private func take(_ partitions: [PositionFields]) throws -> [OwnedPositions.Stored] {
        try collection.claim(partitions, for: owner, known, within: patience, over: client)
    }

    /// Ends the transactions of former owners, which hold documents that this task writes: those that live repeat them.
    func makeWay() {
        for session in former { collection.end(session, over: client) }
        former = []
    }

    /// Makes a session known as this task's.
    func introduce(_ session: Session) throws {
        let identifier = session.identifier
        if identifier == known { return }
        if context.claimsPartitions {
            try collection.changeSession(to: identifier, owner: owner, over: client)
        } else {
            try collection.changeSession(to: identifier, epoch: epoch, over: client)
        }
        known = identifier
    }

    /// Ends what a session of this task has open.
    func end(_ session: Session) { collection.end(BSONDocument(session.identifier), over: client) }

    /// Notes what the documents taken so far cover.
    func move(to position: Position) { owned.move(to: position) }

    /// Whether a flush has something to store.
    var hasChanges: Bool { owned.hasChanges }

    /// Stores everything in the session's transaction.
    ///
    /// - Throws: What the task fails with when another has taken it or one of its partitions over.
    func store(in session: Session, atFlush: Bool) throws {
        if !context.claimsPartitions { try collection.fence(epoch: epoch, over: client, in: session) }
        let changes = owned.changes(atFlush: atFlush)
        if try collection.store(changes, over: client, in: session) { return }
        let lost = try collection.lost(among: changes, over: client) ?? changes.first?.partition
        throw OwnedPositions.takenOver(lost ?? [:])
    }

    /// The transaction was committed.
    func stored(atFlush: Bool) { owned.stored(atFlush: atFlush) }
}
