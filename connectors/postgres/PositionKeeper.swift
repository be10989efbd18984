import ConnectorKit

/// Keeps the positions of one life of a task in a table, and makes way for it where an earlier owner
/// of its partitions stands still.
final class PositionKeeper {
    /// Former owners that are remembered at most, those of the newest claims.
    private static let mostFormer = 100

    private let context: SinkContext
    private var table: PositionTable
    /// Names this life of the task to others.
    private let owner: String
    private let lock: SessionLock
    private var owned: OwnedPositions
    private var formerOwners: [String] = []

    init(_ context: SinkContext, in name: TableName) {
        self.context = context
        table = PositionTable(name: name, pipeline: context.pipeline, sink: context.name, task: context.task)
        owner = "\(context.worker) \(String(UInt64.random(in: .min ... .max), radix: 36))"
        owned = OwnedPositions(claimsPartitions: context.claimsPartitions)
        lock =
            context.claimsPartitions
            ? SessionLock(owner: owner)
            : SessionLock(pipeline: context.pipeline, sink: context.name, task: context.task.index)
    }

    /// A refusal to use the table, with what to do about it.
    func advised(_ error: ServerError, over connection: Connection) -> ServerError {
        table.advised(error, over: connection)
    }

    /// Makes a new connection known as this task's.
    func introduce(_ connection: Connection) throws(ServerError) { try lock.take(over: connection) }

    /// What is stored, unless the partitions are claimed later.
    func load(over connection: Connection) throws -> [Position] {
        try table.prepare(over: connection)
        if context.claimsPartitions { return [] }
        let rows = try table.load(over: connection)
        owned.found(rows.map(\.stored))
        let (task, count) = (table.task.index, table.task.count)
        let positions = rows.compactMap { row in row.stored.position.map { (position: $0, task: row.task) } }
        // What tasks left that are no more goes too: this one hands it back, and then the worker has it for all tasks.
        owned.forgetLater(positions.filter { $0.task == task || $0.task >= count }.map(\.position.partition))
        return positions.map(\.position)
    }

    /// Takes partitions over, ending an owner that stands still in the middle of storing their positions.
    ///
    /// - Parameter connection: Has no transaction open.
    func claim(_ partitions: [PositionFields], over connection: Connection) throws -> [Position] {
        // The group that the source is a member of is known by now.
        table = PositionTable(
            name: table.name, pipeline: context.positionsOwner, sink: context.name, task: context.task)
        let former = try table.otherOwners(of: partitions, than: owner, over: connection)
        formerOwners = (former + formerOwners.filter { !former.contains($0) }).prefix(Self.mostFormer).map(\.self)
        let stored: [OwnedPositions.Stored]
        do {
            stored = try take(partitions, over: connection)
        } catch let error as ServerError where error.state == "55P03" {
            do throws(ServerError) {
                tell(try SessionLock.endStoring(former, in: table.name, over: connection))
            } catch {
                throw ServerError(standing: error)
            }
            stored = try take(partitions, over: connection)
        }
        owned.found(stored)
        return stored.compactMap(\.position)
    }

    private func take(
        _ partitions: [PositionFields], over connection: Connection
    ) throws -> [OwnedPositions.Stored] {
        try table.claim(partitions, for: owner, oldName: context.pipeline, over: connection)
    }

    /// Ends former owners that hold locks which this task has waited for in vain.
    func makeWay(over connection: Connection) {
        if formerOwners.isEmpty { return }
        if let ended = try? SessionLock.endSilent(formerOwners, over: connection) { tell(ended) }
    }

    private func tell(_ ended: [String]) {
        for pid in ended {
            context.log.warning("ended the session of a former owner of partitions, which stood still", ("pid", pid))
        }
    }

    /// Notes what the rows taken so far cover.
    func move(to position: Position) { owned.move(to: position) }

    /// Whether a flush has something to store.
    var hasChanges: Bool { owned.hasChanges }

    /// Stores everything in the open transaction.
    ///
    /// - Returns: A partition that another has taken over: then the transaction must not be committed.
    func store(over connection: Connection) throws(ServerError) -> PositionFields? {
        let changes = owned.changes()
        return changes.isEmpty ? nil : try table.store(changes, for: owner, over: connection)
    }

    /// The transaction was committed.
    func stored() { owned.stored() }
}
