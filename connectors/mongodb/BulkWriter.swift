import ConnectorKit

/// An operation that the server refused, alone.
struct Refusal {
    /// Its place in the log.
    let operation: Int
    let error: ServerError
}

/// Sends operations of a log in as few commands as may be.
final class BulkWriter {
    private let client: Client
    private let log: OperationLog
    private let batchSize: Int
    private var command = BSONWriter(capacity: 1 << 16)

    /// Bytes of documents in one command; the server takes 16 MiB, and a sole document of that size.
    private static let mostBytes = 12 << 20

    init(_ client: Client, _ log: OperationLog, batchSize: Int) {
        self.client = client
        self.log = log
        self.batchSize = min(batchSize, 100_000)
    }

    /// Operations of one kind for one collection.
    struct Chunk {
        let kind: OperationKind
        let collection: Int
        var operations: [Int]
        var bytes: Int
    }

    /// Splits operations into commands. Those of one collection keep their order.
    func chunks(from start: Int, most: Int = Int.max) -> [Chunk] {
        var chunks: [Chunk] = []
        var open: [Int: Int] = [:]
        for place in log.operations.indices[start...] {
            let operation = log.operations[place]
            let bytes = operation.bytes.count + 12
            if let index = open[operation.collection], chunks[index].kind == operation.kind,
                chunks[index].bytes + bytes <= Self.mostBytes,
                chunks[index].operations.count < min(batchSize, most)
            {
                chunks[index].operations.append(place)
                chunks[index].bytes += bytes
                continue
            }
            open[operation.collection] = chunks.count
            chunks.append(
                Chunk(kind: operation.kind, collection: operation.collection, operations: [place], bytes: bytes))
        }
        return chunks
    }

    /// What came of a command.
    struct Outcome {
        var refusals: [Refusal] = []
        /// The write happened, but not on as many members as asked for.
        var concern: ServerError?
    }

    /// Sends a chunk.
    func send(_ chunk: Chunk, isOrdered: Bool, in session: Session?) throws(ServerError) -> Outcome {
        build(chunk, isOrdered)
        let reply = try client.run(command, .write, in: session)
        return Self.outcome(of: reply, chunk)
    }

    private func build(_ chunk: Chunk, _ isOrdered: Bool) {
        let names: (StaticString, StaticString) =
            switch chunk.kind {
            case .insert: ("insert", "documents")
            case .update: ("update", "updates")
            case .delete: ("delete", "deletes")
            }
        command.truncate()
        let document = command.open()
        command.add(names.0, log.collections[chunk.collection])
        command.add("ordered", isOrdered)
        command.element(BSONType.array, names.1)
        let array = command.open()
        for (index, place) in chunk.operations.enumerated() {
            command.element(BSONType.document, index)
            unsafe log.withBytes(log.operations[place].bytes) { unsafe command.put($0) }
        }
        command.close(array)
        command.close(document)
    }

    private static func outcome(of reply: BSONDocument, _ chunk: Chunk) -> Outcome {
        var outcome = Outcome()
        for element in reply["writeErrors"]?.document?.elements ?? [] {
            guard let error = element.document, let index = error["index"]?.int,
                chunk.operations.indices.contains(Int(index))
            else { continue }
            outcome.refusals.append(
                Refusal(operation: chunk.operations[Int(index)], error: ServerError(refusal: error)))
        }
        if let concern = reply["writeConcernError"]?.document {
            outcome.concern = ServerError(concern: concern)
        }
        return outcome
    }
}

extension ServerError {
    /// One of a reply's `writeErrors`: what is not known to pass or to be a setting is the document's fault.
    init(refusal: BSONDocument) {
        let code = Int(refusal["code"]?.int ?? 0)
        let meaning = Self.meaning(of: code)
        self.init(
            quoting: refusal["errmsg"]?.string ?? "", code: code, meaning == .other ? .badDocument : meaning)
    }

    /// A reply's `writeConcernError`: the write happened, but not on as many members as asked for.
    init(concern: BSONDocument) {
        let code = Int(concern["code"]?.int ?? 0)
        let meaning = Self.meaning(of: code)
        self.init(concern["errmsg"]?.string ?? "", code: code, meaning == .configuration ? meaning : .busy)
    }
}
