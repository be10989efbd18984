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

    /// Writes all of the log and empties it.
    func write(_ report: inout PutReport) throws(ConnectorError) {
        defer { log.removeAll() }
        let isOrdered = config.ordered || hasRepeatedKey()
        var chunks = bulk.chunks(from: 0)[...]
        var isFirst = true
        while let chunk = chunks.first {
            do throws(ServerError) {
                try write(chunk, isOrdered, &report)
            } catch {
                let failure = error.connectorError("writing to collection \(log.collections[chunk.collection])")
                // The whole batch comes again when nothing of it was written, or when its places in the batch count.
                guard failure.kind == .retriable, !isFirst, config.idStrategy != .position else { throw failure }
                for place in chunks.flatMap(\.operations) { report.retry(log.operations[place].record, failure) }
                return
            }
            isFirst = false
            chunks.removeFirst()
        }
        report.isDurable = true
    }

    private func write(
        _ chunk: BulkWriter.Chunk, _ isOrdered: Bool, _ report: inout PutReport
    ) throws(ServerError) {
        var rest = chunk
        while !rest.operations.isEmpty {
            let outcome: BulkWriter.Outcome
            do {
                outcome = try bulk.send(rest, isOrdered: isOrdered, in: nil)
            } catch {
                guard error.meaning == .badDocument else { throw error }
                return try isolate(rest, isOrdered, error, &report)
            }
            try settle(outcome.refusals, &report)
            if let concern = outcome.concern { throw concern }
            guard isOrdered, let stopped = outcome.refusals.first,
                let index = rest.operations.firstIndex(of: stopped.operation)
            else { return }
            rest.operations.removeSubrange(...index)
        }
    }

    /// The server refuses a command as a whole: its bad document is found by halving.
    private func isolate(
        _ chunk: BulkWriter.Chunk, _ isOrdered: Bool, _ error: ServerError, _ report: inout PutReport
    ) throws(ServerError) {
        guard chunk.operations.count > 1 else {
            report.reject(
                log.operations[chunk.operations[0]].record, error.connectorError("MongoDB refuses the document"))
            return
        }
        let middle = chunk.operations.count / 2
        for half in [chunk.operations[..<middle], chunk.operations[middle...]] {
            var part = chunk
            part.operations = Array(half)
            try write(part, isOrdered, &report)
        }
    }

    private func settle(_ refusals: [Refusal], _ report: inout PutReport) throws(ServerError) {
        if refusals.isEmpty { return }
        let duplicates = refusals.filter { $0.error.isDuplicate && log.operations[$0.operation].kind == .insert }
        let known = try StoredDocuments(client: client, log: log).identical(to: duplicates.map(\.operation))
        for refusal in refusals where !known.contains(refusal.operation) {
            let error = refusal.error.connectorError("MongoDB refuses the document")
            let record = log.operations[refusal.operation].record
            switch error.kind {
            case .rejected: report.reject(record, error)
            case .retriable: report.retry(record, error)
            case .fatal, .configuration: throw refusal.error
            }
        }
    }

    /// Whether two operations are of the same document, so that their order counts.
    private func hasRepeatedKey() -> Bool {
        if config.inserts && !config.deletes { return false }
        keys.removeAll(keepingCapacity: true)
        for operation in log.operations {
            var hasher = Hasher()
            hasher.combine(operation.collection)
            unsafe log.withBytes(operation.id) { unsafe hasher.combine(bytes: $0) }
            if !keys.insert(hasher.finalize()).inserted { return true }
        }
        return false
    }
}

extension ServerError {
    /// Whether a unique index has the key already.
    var isDuplicate: Bool { code == 11000 || code == 11001 || code == 12582 }
}
