internal import ConnectorKit

/// Makes dead letters that are the records as they were read: key and value byte for byte where their source kept the
/// bytes, headers and timestamp, and no partition.
struct DeadLetterRecords {
    /// Whether a record gets the headers that Kafka Connect writes (`DeadLetterQueueReporter`).
    let hasHeaders: Bool
    /// Takes secrets out of the reasons.
    let redactor: Redactor

    func append(
        _ index: Int, of batch: borrowing RecordBatch, _ context: DeadLetterContext, to letters: inout RecordBatch
    ) throws {
        try letters.appendCopy(of: index, from: batch)
        let record = batch[index]
        try letters.edit(at: letters.count - 1) { letter in
            unsafe batch.withSourceText(index) { bytes in
                if let bytes = unsafe bytes { letter.setValue(unsafe Self.original(bytes)) }
            }
            unsafe batch.withKeySource(index) { bytes in
                if let bytes = unsafe bytes { letter.setKey(unsafe Self.original(bytes)) }
            }
            letter.partition = nil
            letter.offset = nil
            // No topic takes it, and it may be why the record died.
            if let timestamp = record.timestamp, timestamp < 0 { letter.timestamp = nil }
            if hasHeaders { addHeaders(of: record, context, to: letter) }
        }
    }

    private func addHeaders(
        of record: borrowing Record, _ context: DeadLetterContext, to letter: borrowing RecordEditor
    ) {
        let error = context.rejection.error
        if let topic = record.topic { letter.addHeader("__connect.errors.topic", topic) }
        if let partition = record.partition.map(String.init) ?? context.position?.partition.json {
            letter.addHeader("__connect.errors.partition", partition)
        }
        if let offset = record.offset.map(String.init) ?? context.position?.offset.json {
            letter.addHeader("__connect.errors.offset", offset)
        }
        letter.addHeader("__connect.errors.connector.name", context.pipeline)
        letter.addHeader("__connect.errors.task.id", String(context.task))
        letter.addHeader("__connect.errors.stage", context.rejection.stage.rawValue)
        letter.addHeader("__connect.errors.class.name", context.failedIn)
        letter.addHeader("__connect.errors.exception.class.name", error.native ?? error.kind.rawValue)
        let message = redactor.redact(error.fullMessage)
        letter.addHeader("__connect.errors.exception.message", message)
        // There is no stack to trace; what reads the header finds the whole error.
        letter.addHeader("__connect.errors.exception.stacktrace", "\(error.kind.rawValue): \(message)")
    }

    /// Text where the bytes are some, so that every sink can show them.
    private static func original(_ bytes: UnsafeRawBufferPointer) -> Original {
        unsafe String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(RawBytes(Array(bytes)))
    }

    private enum Original: FieldValue {
        case text(String)
        case bytes(RawBytes)

        func write(to slot: borrowing ValueSlot) {
            switch self {
            case .text(let text): text.write(to: slot)
            case .bytes(let bytes): bytes.write(to: slot)
            }
        }
    }
}
