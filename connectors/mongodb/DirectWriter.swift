import ConnectorKit

/// Writes a batch at once, at least once: every operation for itself.
final class DirectWriter {
    private let client: Client
    private let config: SinkConfig
    private let log: OperationLog
    private let bulk: BulkWriter
    private var keys: Set<Int> = []

    init(_ client: Client, _ config: SinkConfig, _ log: OperationLog) {
        self.client = client
        self.config = config
        self.log = log
        bulk = BulkWriter(client, log, batchSize: config.batchSize)
    }

    /// Writes all of the log and empties it; after a `retriable` throw the log is as it was, for the batch to come again.
    func write(_ report: inout PutReport) throws(ConnectorError) {
        let isOrdered = config.ordered || hasRepeatedKey()
        let count = log.operations.count
        var chunks = bulk.chunks(from: 0)
        for index in chunks.indices {
            do throws(ServerError) {
                try write(&chunks[index], isOrdered, &report)
            } catch {
                let failure = error.connectorError("writing to collection \(log.collections[chunks[index].collection])")
                let unsettled = chunks[index...].flatMap(\.operations)
                // The whole batch comes again when nothing of it was written, or when its places in the batch count.
                guard failure.kind == .retriable, unsettled.count < count, !needsWholeBatch else { throw failure }
                for place in unsettled { report.retry(log.operations[place].record, failure) }
                break
            }
        }
        log.removeAll()
        report.isDurable = report.retries.isEmpty
    }

    /// Whether records that come again by themselves would get another `_id` than they may be stored under already. Those of
    /// a time series are not found by it in any case.
    private var needsWholeBatch: Bool { config.idStrategy == .objectID && config.timeSeries == nil }

    /// Writes a chunk and empties it; after a throw it holds what is neither written nor reported.
    private func write(
        _ chunk: inout BulkWriter.Chunk, _ isOrdered: Bool, _ report: inout PutReport
    ) throws(ServerError) {
        while !chunk.operations.isEmpty {
            let outcome: BulkWriter.Outcome
            do {
                outcome = try bulk.send(chunk, isOrdered: isOrdered, in: nil)
            } catch {
                guard error.meaning == .badDocument else { throw error }
                return try isolate(&chunk, isOrdered, error, &report)
            }
            // All that was written comes again when too few members have it.
            if let concern = outcome.concern { throw concern }
            let stop = outcome.refusals.first.flatMap { chunk.operations.firstIndex(of: $0.operation) }
            let rest = isOrdered ? stop.map { chunk.operations[($0 + 1)...] } ?? [] : []
            chunk.operations = outcome.refusals.map(\.operation) + rest
            try settle(outcome.refusals, isOrdered, &report)
            chunk.operations = Array(rest)
        }
    }

    /// The server refuses a command as a whole: its bad document is found by halving.
    private func isolate(
        _ chunk: inout BulkWriter.Chunk, _ isOrdered: Bool, _ error: ServerError, _ report: inout PutReport
    ) throws(ServerError) {
        guard chunk.operations.count > 1 else {
            report.reject(
                log.operations[chunk.operations[0]].record, error.connectorError("MongoDB refuses the document"))
            chunk.operations = []
            return
        }
        var (first, second) = (chunk, chunk)
        first.operations = Array(chunk.operations.prefix(chunk.operations.count / 2))
        second.operations = Array(chunk.operations.dropFirst(first.operations.count))
        defer { chunk.operations = first.operations + second.operations }
        try write(&first, isOrdered, &report)
        try write(&second, isOrdered, &report)
    }

    /// Reports what was refused; throws before it reports anything.
    private func settle(
        _ refusals: [Refusal], _ isOrdered: Bool, _ report: inout PutReport
    ) throws(ServerError) {
        if refusals.isEmpty { return }
        let duplicates = refusals.filter { $0.error.isDuplicate && log.operations[$0.operation].kind == .insert }
        let known = try StoredDocuments(client: client, log: log).identical(to: duplicates.map(\.operation))
        for refusal in refusals {
            let isLater = refusal.error.meaning == .busy
            if refusal.error.meaning == .configuration || isLater && (isOrdered || needsWholeBatch) {
                throw refusal.error
            }
        }
        for refusal in refusals where !known.contains(refusal.operation) {
            let error = refusal.error.connectorError("MongoDB refuses the document")
            let record = log.operations[refusal.operation].record
            if error.kind == .retriable { report.retry(record, error) } else { report.reject(record, error) }
        }
    }

    /// Whether two operations are of the same document, so that their order counts.
    private func hasRepeatedKey() -> Bool {
        if config.inserts && !config.deletes { return false }
        keys.removeAll(keepingCapacity: true)
        for operation in log.operations {
            var hasher = Hasher()
            hasher.combine(operation.collection)
            unsafe log.withBytes(operation.id.payload) { unsafe hasher.combine(bytes: $0) }
            if !keys.insert(hasher.finalize()).inserted { return true }
        }
        return false
    }
}

extension ServerError {
    /// What the server says of an insert whose `_id` another document has.
    static func taken(in collection: String) -> ServerError {
        ServerError("collection \(collection) has another document with this _id", code: 11000, .badDocument)
    }

    /// Whether a unique index has the key already.
    var isDuplicate: Bool { code == 11000 || code == 11001 || code == 12582 }
}
