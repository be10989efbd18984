import ConnectorKit

/// Makes records of the bytes of keys, values or headers.
struct PartDecoder: ~Copyable {
    let config: ConverterConfig
    private var reader = JSONReader()
    private var envelopes: EnvelopeReader
    private var scratch = RecordBatch(bytes: 256)

    init(_ config: ConverterConfig) {
        self.config = config
        envelopes = EnvelopeReader(config)
    }

    /// Whether values are JSON and nothing else, so that many can be read at once.
    var isPlainJSON: Bool { config.kind == .json && !config.hasSchemas }

    /// Appends a record for the bytes; a rejected one when they are not what the converter reads.
    mutating func append(_ bytes: UnsafeRawBufferPointer, to batch: inout RecordBatch) throws {
        switch config.kind {
        case .string: try unsafe batch.append(text: bytes)
        case .bytes: try batch.append(value: unsafe RawBytes(Array(bytes)))
        case .json: try unsafe appendJSON(bytes, to: &batch)
        case .simple: try unsafe appendSimple(bytes, to: &batch)
        case .short, .integer, .long, .float, .double, .boolean: try unsafe appendBinary(bytes, to: &batch)
        }
    }

    /// Appends records for JSON values that stand in the batch's text, one a line.
    mutating func appendLines(_ lines: TextRange, to batch: inout RecordBatch) throws {
        _ = try reader.read(lines, as: .lines, firstLine: nil, into: &batch)
    }

    private mutating func appendJSON(_ bytes: UnsafeRawBufferPointer, to batch: inout RecordBatch) throws {
        let index = batch.count
        try unsafe Self.read(bytes, &reader, &batch)
        guard config.hasSchemas, batch.isDeliverable(index) else { return }
        do throws(ConnectorError) { try open(index, of: &batch) } catch {
            batch.reject(index, Rejection(recordIndex: index, stage: .valueConverter, error: error))
        }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ reader: inout JSONReader, _ batch: inout RecordBatch
    ) throws {
        let text = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyMemory(from: bytes)
            return bytes.count
        }
        _ = try reader.read(text, as: .single, firstLine: nil, into: &batch)
        batch.setSource(of: batch.count - 1, to: text)
    }

    private mutating func open(_ index: Int, of batch: inout RecordBatch) throws(ConnectorError) {
        var fault: ConnectorError?
        do {
            try batch.edit(at: index) { record in
                do throws(ConnectorError) { try envelopes.open(record) } catch { fault = error }
            }
        } catch { fault = .rejected("the value is too large for a batch: \(error)") }
        if let fault { throw fault }
    }

    /// JSON where the text is some, a string otherwise.
    private mutating func appendSimple(_ bytes: UnsafeRawBufferPointer, to batch: inout RecordBatch) throws {
        scratch.reset()
        try unsafe Self.read(bytes, &reader, &scratch)
        guard scratch.rejections.isEmpty else { return try unsafe batch.append(text: bytes) }
        try batch.appendCopy(of: 0, from: scratch)
    }

    private func appendBinary(_ bytes: UnsafeRawBufferPointer, to batch: inout RecordBatch) throws {
        if let number = unsafe config.kind.number(bytes) { return try batch.append(value: number) }
        let message =
            "expected \(config.kind.expectation) in \(config.kind.width ?? 0) bytes, found \(bytes.count) bytes"
        try unsafe batch.appendRejected(bytes, .rejected(message))
    }
}
