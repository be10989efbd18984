import ConnectorKit

// Positions of partitions that are claimed one by one.
extension PositionCollection {
    /// Makes partitions this owner's, and gives what is stored of them.
    ///
    /// - Parameters:
    ///   - session: The bytes of the owner's session, so that a later one can end its open transaction.
    ///   - limit: The longest wait for a transaction that holds one of the positions.
    func claim(
        _ partitions: [PositionFields], for owner: String, _ session: [UInt8], within limit: Duration,
        over client: Client
    ) throws -> [OwnedPositions.Stored] {
        let reply = try runForMajority(over: client) { command in
            command.add("update", Self.name)
            Self.array("updates", of: partitions, in: &command) { partition, update in
                update.object("q") { $0.add("_id", positionID(partition)) }
                update.object("u") { change in
                    change.object("$inc") { $0.add("epoch", Int64(1)) }
                    change.object("$set") { document in
                        describe(partition, in: &document)
                        document.add("owner", owner)
                        document.add("session", bytes: session, type: BSONType.document)
                    }
                }
                update.add("upsert", true)
            }
            command.add("maxTimeMS", Int64(max(1, limit.milliseconds)))
        }
        try Self.check(reply)
        return try documents(of: partitions, over: client).map { document in
            guard document["owner"]?.string == owner else {
                throw ServerError("another worker takes over the same partitions at this moment", .busy)
            }
            return try stored(document)
        }
    }

    /// What is stored of partitions.
    func stored(of partitions: [PositionFields], over client: Client) throws -> [OwnedPositions.Stored] {
        try documents(of: partitions, over: client).map { try stored($0) }
    }

    /// The sessions of the owners of partitions, without those of `owner`.
    func otherSessions(
        of partitions: [PositionFields], than owner: String, over client: Client
    ) throws(ServerError) -> [BSONDocument] {
        try documents(of: partitions, over: client).filter { $0["owner"]?.string != owner }
            .compactMap { $0["session"]?.document }
    }

    /// Says which session an owner of partitions has from now on.
    func changeSession(to session: [UInt8], owner: String, over client: Client) throws(ServerError) {
        let reply = try runForMajority(over: client) { command in
            command.add("update", Self.name)
            Self.array("updates", of: [owner], in: &command) { owner, update in
                update.object("q") { filter in
                    filter.add("pipeline", pipeline)
                    filter.add("sink", sink)
                    filter.add("owner", owner)
                }
                update.object("u") { change in
                    change.object("$set") { $0.add("session", bytes: session, type: BSONType.document) }
                }
                update.add("multi", true)
            }
        }
        try Self.check(reply)
    }
}
