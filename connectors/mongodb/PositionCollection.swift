import ConnectorKit

/// The collection `sluice_positions`, which keeps how far a sink's documents reach, in the transaction of those documents.
///
/// Beside the positions it holds one document for each task, whose `epoch` only the newest worker knows: a worker that was
/// given up and still runs finds another one there, and cannot commit.
struct PositionCollection: Sendable {
    static let name = "sluice_positions"
    let pipeline: String
    let sink: String
    let task: Int

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
    private func runForMajority(
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

    /// What is stored.
    func load(over client: Client) throws(ServerError) -> [Position] {
        var positions: [Position] = []
        let filter = BSONWriter.document { filter in
            filter.add("pipeline", pipeline)
            filter.add("sink", sink)
        }
        let options = BSONWriter.document { options in
            options.object("readConcern") { $0.add("level", "majority") }
        }
        try client.find(Self.name, filter, options: options) { document throws(ServerError) in
            guard let partition = document["partition"]?.string.flatMap(PositionFields.init(json:)),
                let offset = document["position"]?.string.flatMap(PositionFields.init(json:))
            else { return }
            positions.append(Position(partition: partition, offset: offset))
        }
        return positions
    }

    /// Puts positions in the place of this task's earlier ones, in the session's transaction.
    ///
    /// - Throws: ``TakenOver`` when another worker has taken the task over.
    func replace(
        with positions: [PositionFields: PositionFields], epoch: Int64, over client: Client, in session: Session
    ) throws {
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
        try Self.check(
            client.run(.write, in: session) { command in
                command.add("delete", Self.name)
                Self.array("deletes", in: &command) { deletion in
                    deletion.object("q") { filter in
                        filter.add("pipeline", pipeline)
                        filter.add("sink", sink)
                        filter.add("task", Int64(task))
                    }
                    deletion.add("limit", Int32(0))
                }
            })
        if !positions.isEmpty { try store(positions, over: client, in: session) }
    }

    private func store(
        _ positions: [PositionFields: PositionFields], over client: Client, in session: Session
    ) throws(ServerError) {
        let reply = try client.run(.write, in: session) { command in
            command.add("update", Self.name)
            command.element(BSONType.array, "updates")
            let array = command.open()
            for (index, position) in positions.enumerated() {
                command.element(BSONType.document, index)
                let update = command.open()
                let id = positionID(position.key)
                command.object("q") { $0.add("_id", id) }
                command.object("u") { document in
                    document.add("_id", id)
                    document.add("pipeline", pipeline)
                    document.add("sink", sink)
                    document.add("task", Int64(task))
                    document.add("partition", position.key.json)
                    document.add("position", position.value.json)
                }
                command.add("upsert", true)
                command.close(update)
            }
            command.close(array)
        }
        try Self.check(reply)
    }

    /// Another worker writes for the same task.
    struct TakenOver: Error {}

    private static func check(_ reply: BSONDocument) throws(ServerError) {
        if let refusal = reply["writeErrors"]?.document?.elements.first?.document {
            throw ServerError(refusal: refusal)
        }
    }

    private static func array(
        _ name: StaticString, in command: inout BSONWriter, _ build: (inout BSONWriter) -> Void
    ) {
        command.element(BSONType.array, name)
        let array = command.open()
        command.element(BSONType.document, 0)
        let document = command.open()
        build(&command)
        command.close(document)
        command.close(array)
    }

    private var ownerID: String { "[\(pipeline.jsonQuoted),\(sink.jsonQuoted),\(task)]" }

    private func positionID(_ partition: PositionFields) -> String {
        "[\(pipeline.jsonQuoted),\(sink.jsonQuoted),\(partition.json)]"
    }
}
