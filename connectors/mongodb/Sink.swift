import ConnectorKit

/// Writes records into collections as documents.
final class MongoDBSink: Sink {
    private var writer: Writer?
    private var log: OperationLog?
    private var config: SinkConfig?
    private var client: Client?
    private var made: Set<Int> = []
    /// Records that cannot be stored, of the batch that is in the log.
    private var unstorable: [(index: Int, error: ConnectorError)] = []

    private enum Writer {
        case transactions(TransactionWriter)
        case direct(DirectWriter)
    }

    func start(_ context: SinkContext) async throws -> [Position]? {
        let config = SinkConfig(context.config)
        do {
            let (client, server) = try ServerFeatures.reached(
                config.connection, within: context.timeLeft, until: context.stop)
            let log = OperationLog(config)
            (self.client, self.config, self.log) = (client, config, log)
            guard server.hasTransactions, config.exactlyOnce != .disabled, config.timeSeries == nil else {
                try warn(config, server, context.log)
                writer = .direct(DirectWriter(client, config, log))
                return nil
            }
            let transactions = try TransactionWriter(client, config, log, context)
            writer = .transactions(transactions)
            return transactions.stored
        } catch let error as ServerError {
            throw error.connectorError("connecting to MongoDB")
        }
    }

    func claim(_ partitions: [PositionFields]) async throws -> [Position] {
        guard case .transactions(let writer) = writer, !partitions.isEmpty else { return [] }
        return try writer.claim(partitions)
    }

    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {
        guard let log, let writer else { return }
        switch writer {
        case .direct(let writer):
            // A batch that comes again keeps the ids that its documents may be stored under.
            if log.operations.isEmpty { try encode(batch, into: log) }
            for (index, error) in unstorable { report.reject(index, error) }
            try makeCollections(log)
            try writer.write(&report)
        case .transactions(let writer):
            try writer.makeRoom()
            if batch.hasRejections { writer.holdBack() }
            let first = log.operations.count
            try encode(batch, into: log)
            for (index, error) in unstorable { report.reject(index, error) }
            try writer.write(from: first, marks: batch.marks, &report)
        }
    }

    func flush() async throws {
        if case .transactions(let writer) = writer { try writer.flush() }
    }

    func stop() async {
        if case .transactions(let writer) = writer { writer.stop() }
        writer = nil
        client = nil
    }
}

extension MongoDBSink {
    /// Reaches the deployment and logs in.
    static func check(_ values: ConfigValues) async throws {
        let config = SinkConfig(values)
        do throws(ServerError) {
            let client = try Client(config.connection)
            let server = try ServerFeatures(client)
            try client.run { command in
                command.add("listCollections", Int32(1))
                command.add("nameOnly", true)
                command.add("authorizedCollections", true)
            }
            if config.needsTransactions, !server.hasTransactions { throw ServerFeatures.noTransactions }
        } catch {
            throw error.connectorError("connecting to MongoDB")
        }
    }

    private func warn(_ config: SinkConfig, _ server: ServerFeatures, _ log: Log) throws(ServerError) {
        if server.hasTransactions || config.exactlyOnce == .disabled { return }
        if config.needsTransactions { throw ServerFeatures.noTransactions }
        log.warning(
            "The server has no transactions; after a crash some records are written again",
            ("repetition", config.isRepeatable ? "finds the same _id" : "makes new documents"))
    }

    private func encode(_ batch: borrowing RecordBatch, into log: OperationLog) throws {
        unstorable.removeAll()
        try batch.forEach { record in
            do {
                try log.add(record)
            } catch let error as ConnectorError where error.kind == .rejected {
                unstorable.append((record.index, error))
            }
        }
    }

    private func makeCollections(_ log: OperationLog) throws(ConnectorError) {
        guard let series = config?.timeSeries, let client else { return }
        for place in log.collections.indices where !made.contains(place) {
            do throws(ServerError) {
                try series.create(log.collections[place], over: client)
                made.insert(place)
            } catch {
                throw error.connectorError("making the time series collection \(log.collections[place])")
            }
        }
    }
}

/// What a deployment can do.
struct ServerFeatures {
    /// Whether it is a replica set or a sharded cluster with sessions.
    let hasTransactions: Bool

    static let noTransactions = ServerError(
        "exactly.once.support is required, but the server is no replica set and has no transactions; make it one, or "
            + "choose a document.id.strategy that finds a record's document again",
        .configuration)

    /// Reaches a deployment in so much time; the client that comes of it has its own time limits again.
    ///
    /// libmongoc's limits cannot be changed later, so the first contact has a client of its own.
    static func reached(
        _ settings: ConnectionSettings, within limit: Duration?, until stop: StopSignal
    ) throws(ServerError) -> (Client, ServerFeatures) {
        let features = try Contact.features(of: settings, within: limit, until: stop)
        return (try Client(settings), features)
    }

    /// Asks the server, which also logs in.
    init(_ client: Client) throws(ServerError) {
        let hello = try client.run(on: "admin") { $0.add("isMaster", Int32(1)) }
        try client.run { $0.add("ping", Int32(1)) }
        let isCluster = hello["setName"] != nil || hello["msg"]?.string == "isdbgrid"
        hasTransactions = isCluster && hello["logicalSessionTimeoutMinutes"] != nil
    }
}
