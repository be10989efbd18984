internal import ConnectorKit

/// Why a record became a dead letter, and where.
struct DeadLetterContext {
    let pipeline: String
    let task: Int
    /// The connector or transform it failed in.
    let failedIn: String
    let rejection: Rejection
    /// The position that covers the record; nil when its source gave none.
    let position: Position?
    /// Milliseconds since 1970.
    let failedAt: Int64
}

/// Makes dead letters: one object for each record, so that every sink can hold the whole of it.
///
/// It has Kafka Connect's context fields (`__connect.errors.*`), then what the record was: `topic`, `partition`,
/// `offset`, `timestamp`, `key`, `headers` and `value`. A record that was parsed from text has its `value` as it was read, before
/// any transform; one whose text is no JSON has it under `text`, or base64 under `bytes` when it is no UTF-8. A key that its
/// converter could not read stands under `key` as text, or in base64 under `key.bytes`.
struct DeadLetterWriter: ~Copyable {
    /// A letter holds the value one level down.
    private var reader = JSONReader(maximumDepth: 511)
    private var original = RecordBatch(bytes: 4096)
    private let redactor: Redactor

    /// - Parameter redactor: Takes secrets out of the reasons.
    init(redactor: Redactor = Redactor()) { self.redactor = redactor }

    mutating func append(
        _ index: Int, of batch: borrowing RecordBatch, _ context: DeadLetterContext, to letters: inout RecordBatch
    ) throws {
        let source = try readOriginal(index, of: batch)
        try letters.append { letter in
            context.write(to: letter, redactor)
            let record = batch[index]
            if let topic = record.topic { letter.add("topic", topic) }
            if let partition = record.partition { letter.add("partition", Int(partition)) }
            if let offset = record.offset { letter.add("offset", offset) }
            if let timestamp = record.timestamp { letter.add("timestamp", timestamp) }
            Self.writeKey(index, of: batch, to: letter)
            if record.headers.count > 0 { Self.writeHeaders(of: record, to: letter) }
            switch source {
            case .built: letter.add("value", copyOf: record.value)
            case .json: letter.add("value", copyOf: original[0].value)
            case .text(let text): letter.add("text", text)
            case .bytes(let bytes): letter.add("bytes", RawBytes(bytes))
            }
        }
    }

    private enum Original {
        case built
        case json
        case text(String)
        case bytes([UInt8])
    }

    /// Reads the record's text again, since transforms may have changed the record.
    private mutating func readOriginal(_ index: Int, of batch: borrowing RecordBatch) throws -> Original {
        let bytes: [UInt8]? = unsafe batch.withSourceText(index) { text in unsafe text.map { unsafe Array($0) } }
        guard let bytes else { return .built }
        original.reset()
        let range = try unsafe original.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        _ = try reader.read(range, as: .single, into: &original)
        if original.deliverableCount == 1 { return .json }
        return String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(bytes)
    }

    /// The key as the source understood it; one that it could not is kept as it came.
    private static func writeKey(
        _ index: Int, of batch: borrowing RecordBatch, to letter: borrowing ObjectBuilder
    ) {
        let record = batch[index]
        if record.key.exists, !record.key.isNull { return letter.add("key", copyOf: record.key) }
        let bytes: [UInt8]? = unsafe batch.withKeySource(index) { bytes in unsafe bytes.map { unsafe Array($0) } }
        guard let bytes else {
            if record.key.exists { letter.add("key", copyOf: record.key) }
            return
        }
        if let text = String(validating: bytes, as: UTF8.self) {
            letter.add("key", text)
        } else {
            letter.add("key.bytes", RawBytes(bytes))
        }
    }

    private static func writeHeaders(of record: borrowing Record, to letter: borrowing ObjectBuilder) {
        letter.array("headers") { list in
            record.headers.forEach { name, value in
                list.object { header in
                    header.add("key", copyOf: name)
                    header.add("value", copyOf: value)
                }
            }
        }
    }
}

extension DeadLetterContext {
    fileprivate func write(to letter: borrowing ObjectBuilder, _ redactor: Redactor) {
        letter.add("__connect.errors.connector.name", pipeline)
        letter.add("__connect.errors.task.id", task)
        letter.add("__connect.errors.stage", rejection.stage.rawValue)
        letter.add("__connect.errors.class.name", failedIn)
        letter.add("__connect.errors.exception.class.name", rejection.error.native ?? rejection.error.kind.rawValue)
        letter.add("__connect.errors.exception.message", redactor.redact(rejection.error.fullMessage))
        if let position {
            letter.add("__connect.errors.partition", position.partition.json)
            letter.add("__connect.errors.offset", position.offset.json)
        }
        letter.add("__connect.errors.timestamp", failedAt)
    }
}
