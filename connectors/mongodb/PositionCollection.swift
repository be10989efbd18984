import ConnectorKit

/// The collection `sluice_positions`, which keeps how far a sink's documents reach, in the transaction of those documents.
///
/// Each position has an epoch, and who stores one must find the epoch it expects. Where tasks do not claim their partitions,
/// the collection also holds one document for each task, whose `epoch` only the newest worker knows: a worker that was given
/// up and still runs finds another one there, and cannot commit.
struct PositionCollection: Sendable {
    static let name = "sluice_positions"
    let pipeline: String
    let sink: String
    let task: TaskSlot

    /// Takes the task over from whoever wrote for it before, and gives this worker's epoch.
    ///
    /// - Parameter session: The bytes of this worker's session, so that a later one can end its open transaction.
    func takeOver(_ session: [UInt8], over client: Client) throws(ServerError) -> Int64 {
        // A transaction that a killed worker left open would hold this up for as long as the server keeps it: a minute.
        let owner = BSONWriter.document { $0.add("_id", ownerID) }
        try client.find(Self.name, owner, options: BSONDocument.empty) { document throws(ServerError) in
            if let left = document["session"]?.document { end(left, over: client) }
        }
        let reply = try runForMajority(over: client) { command in
            command.add("findAndModify", Self.name)
            command.object("query") { $0.add("_id", ownerID) }
            command.object("update") { update in
                update.object("$inc") { $0.add("epoch", Int64(1)) }
                update.object("$set") { $0.add("session", bytes: session, type: BSONType.document) }
            }
            command.add("upsert", true)
            command.add("new", true)
        }
        guard let epoch = reply["value"]?.document?["epoch"]?.int else {
            throw ServerError("findAndModify on \(Self.name) gave no document", .other)
        }
        return epoch
    }

    /// Says which session this worker has from now on.
    ///
    /// - Throws: ``TakenOver`` when another worker has taken the task over.
    func changeSession(to session: [UInt8], epoch: Int64, over client: Client) throws {
        let reply = try runForMajority(over: client) { command in
            command.add("update", Self.name)
            Self.array("updates", in: &command) { update in
                update.object("q") { filter in
                    filter.add("_id", ownerID)
                    filter.add("epoch", epoch)
                }
                update.object("u") { change in
                    change.object("$set") { $0.add("session", bytes: session, type: BSONType.document) }
                }
            }
        }
        guard reply["n"]?.int == 1 else { throw TakenOver() }
    }

    /// Runs a command whose effect a new primary must know as well, whatever `w` of the address says: the positions loaded
    /// behind it would not be the newest otherwise.
    func runForMajority(
        over client: Client, _ build: (inout BSONWriter) -> Void
    ) throws(ServerError) -> BSONDocument {
        let reply = try client.run { command in
            build(&command)
            command.object("writeConcern") { $0.add("w", "majority") }
        }
        if let concern = reply["writeConcernError"]?.document { throw ServerError(concern: concern) }
        return reply
    }

    /// Ends the open transaction of a session, if the server still has it.
    func end(_ session: BSONDocument, over client: Client) {
        _ = try? client.run(on: "admin") { command in
            command.element(BSONType.array, "killSessions")
            let array = command.open()
            command.element(BSONType.document, 0)
            unsafe session.bytes.withUnsafeBytes { unsafe command.put($0) }
            command.close(array)
        }
    }

    /// A document of a position.
    struct Row {
        let stored: OwnedPositions.Stored
        /// The task that wrote it last.
        let task: Int
    }

    /// What is stored for all tasks, partitions without a position among it.
    func load(over client: Client) throws -> [Row] {
        let filter = BSONWriter.document { filter in
            filter.add("pipeline", pipeline)
            filter.add("sink", sink)
        }
        return try find(filter, over: client).map { Row(stored: try stored($0), task: Int($0["task"]?.int ?? 0)) }
    }

    /// Takes part in the session's transaction as the newest worker of the task.
    ///
    /// - Throws: ``TakenOver`` when another worker has taken the task over.
    func fence(epoch: Int64, over client: Client, in session: Session) throws {
        let fence = try client.run(.write, in: session) { command in
            command.add("update", Self.name)
            Self.array("updates", in: &command) { update in
                update.object("q") { filter in
                    filter.add("_id", ownerID)
                    filter.add("epoch", epoch)
                }
                update.object("u") { change in change.object("$inc") { $0.add("commits", Int64(1)) } }
            }
        }
        try Self.check(fence)
        guard fence["n"]?.int == 1 else { throw TakenOver() }
    }

    /// Stores changes in the session's transaction, where the epoch is as expected.
    ///
    /// - Returns: Whether it was, for all of them: otherwise nothing of the transaction may be committed.
    func store(
        _ changes: [OwnedPositions.Change], over client: Client, in session: Session
    ) throws(ServerError) -> Bool {
        let (moved, forgotten) = (changes.filter { $0.offset != nil }, changes.filter { $0.offset == nil })
        do throws(ServerError) {
            if try update(moved, over: client, in: session) != moved.count { return false }
        } catch {
            // A position that was not there yet.
            if error.isDuplicate { return false }
            throw error
        }
        _ = try update(forgotten, over: client, in: session)
        return true
    }

    /// How many of the changes found the epoch that they expect.
    private func update(
        _ changes: [OwnedPositions.Change], over client: Client, in session: Session
    ) throws(ServerError) -> Int {
        if changes.isEmpty { return 0 }
        let reply = try client.run(.write, in: session) { command in
            command.add("update", Self.name)
            Self.array("updates", of: changes, in: &command) { change, update in
                update.object("q") { filter in
                    filter.add("_id", positionID(change.partition))
                    if change.expected > 0 { return filter.add("epoch", change.expected) }
                    filter.object("epoch") { $0.add("$exists", false) }
                }
                update.object("u") { document in
                    document.object("$set") { fields in
                        describe(change.partition, in: &fields)
                        fields.add("epoch", change.epoch)
                        guard let offset = change.offset else { return fields.element(BSONType.null, "position") }
                        fields.add("position", offset.json)
                    }
                }
                update.add("upsert", change.expected == 0 && change.offset != nil)
            }
        }
        try Self.check(reply)
        return Int(reply["n"]?.int ?? 0)
    }

    /// The first partition whose epoch is not as expected.
    func lost(among changes: [OwnedPositions.Change], over client: Client) throws(ServerError) -> PositionFields? {
        let found = try documents(of: changes.map(\.partition), over: client)
        let epochs = Dictionary(
            found.map { ($0["partition"]?.string ?? "", $0["epoch"]?.int ?? 0) }, uniquingKeysWith: { $1 })
        return changes.first { $0.offset != nil && epochs[$0.partition.json] ?? 0 != $0.expected }?.partition
    }

    func documents(
        of partitions: [PositionFields], over client: Client
    ) throws(ServerError) -> [BSONDocument] {
        try find(
            BSONWriter.document { filter in
                filter.object("_id") { choice in
                    choice.element(BSONType.array, "$in")
                    let array = choice.open()
                    for (index, partition) in partitions.enumerated() {
                        choice.element(BSONType.string, index)
                        choice.putText(positionID(partition))
                    }
                    choice.close(array)
                }
            }, over: client)
    }

    private func find(_ filter: [UInt8], over client: Client) throws(ServerError) -> [BSONDocument] {
        var found: [BSONDocument] = []
        let options = BSONWriter.document { options in
            options.object("readConcern") { $0.add("level", "majority") }
        }
        try client.find(Self.name, filter, options: options) { document throws(ServerError) in found.append(document) }
        return found
    }

    func stored(_ document: BSONDocument) throws(ConnectorError) -> OwnedPositions.Stored {
        let position = document["position"].flatMap { $0.type == BSONType.null ? nil : $0.string ?? "of another type" }
        return try OwnedPositions.Stored(
            partition: document["partition"]?.string ?? "", offset: position, epoch: document["epoch"]?.int ?? 0,
            in: "the collection \(Self.name) for pipeline \(pipeline.jsonQuoted) and sink \(sink.jsonQuoted)")
    }

    func describe(_ partition: PositionFields, in document: inout BSONWriter) {
        document.add("pipeline", pipeline)
        document.add("sink", sink)
        document.add("task", Int64(task.index))
        document.add("partition", partition.json)
    }

    /// Another worker writes for the same task.
    struct TakenOver: Error {}

    static func check(_ reply: BSONDocument) throws(ServerError) {
        if let refusal = reply["writeErrors"]?.document?.elements.first?.document {
            throw ServerError(refusal: refusal)
        }
    }

    static func array(
        _ name: StaticString, in command: inout BSONWriter, _ build: (inout BSONWriter) -> Void
    ) {
        array(name, of: [()], in: &command) { build(&$1) }
    }

    static func array<Item>(
        _ name: StaticString, of items: [Item], in command: inout BSONWriter, _ build: (Item, inout BSONWriter) -> Void
    ) {
        command.element(BSONType.array, name)
        let array = command.open()
        for (index, item) in items.enumerated() {
            command.element(BSONType.document, index)
            let document = command.open()
            build(item, &command)
            command.close(document)
        }
        command.close(array)
    }

    private var ownerID: String { "[\(pipeline.jsonQuoted),\(sink.jsonQuoted),\(task.index)]" }

    func positionID(_ partition: PositionFields) -> String {
        "[\(pipeline.jsonQuoted),\(sink.jsonQuoted),\(partition.json)]"
    }
}
