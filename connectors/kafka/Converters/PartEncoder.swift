import ConnectorKit

/// Writes keys, values or headers as they are to stand in messages.
struct PartEncoder: ~Copyable {
    private let config: ConverterConfig
    private var envelopes: EnvelopeWriter

    init(_ config: ConverterConfig) {
        self.config = config
        envelopes = EnvelopeWriter(config)
    }

    /// Writes a value that came without a schema.
    ///
    /// - Returns: What keeps it from being written; nil when nothing does.
    mutating func write(_ value: borrowing Value, to writer: inout JSONWriter) -> ConnectorError? {
        if config.hasSchemas {
            envelopes.write(value, to: &writer)
            return nil
        }
        return config.kind.write(value, to: &writer) ? nil : refusal(of: value)
    }

    /// Writes a value that came with a schema, or without one.
    mutating func write(
        _ value: borrowing Value, schema: Schema?, to writer: inout JSONWriter
    ) -> ConnectorError? {
        guard config.hasSchemas, let schema else { return write(value, to: &writer) }
        envelopes.write(value, schema: schema, to: &writer)
        return nil
    }

    /// A record's value where it stands in its batch just as it is to be sent; nil when it has to be written.
    func standing(_ record: borrowing Record) -> UnsafeRawBufferPointer? {
        let value = record.value
        if config.hasSchemas || record.isTombstone || value.mayHaveLineBreaks { return nil }
        let text = unsafe value.rawText.withUnsafeBytes { unsafe $0 }
        switch (config.kind, value.kind) {
        case (.json, .object), (.json, .array): return unsafe text.isEmpty ? nil : text
        case (.string, .string):
            // A text that is kept with escapes is put together elsewhere.
            let content = unsafe value.withUTF8 { UnsafeRawBufferPointer($0) }
            return unsafe content?.baseAddress == text.baseAddress && !text.isEmpty ? content : nil
        default: return nil
        }
    }

    private func refusal(of value: borrowing Value) -> ConnectorError {
        .rejected(
            "\(config.name) \(config.kind) writes \(config.kind.expectation), and this is \(value.shown); set it to json or "
                + "string for other values")
    }
}

extension Converter {
    /// Writes a value; false when it cannot.
    fileprivate func write(_ value: borrowing Value, to writer: inout JSONWriter) -> Bool {
        switch self {
        case .json: writer.write(value)
        case .bytes: return unsafe value.withBytes { unsafe writer.write($0) } != nil
        case .string, .simple: writeText(value, to: &writer)
        case .short, .integer, .long, .float, .double, .boolean: return writeBinary(value, to: &writer)
        }
        return true
    }

    /// Texts and bytes as they are, anything else as JSON.
    private func writeText(_ value: borrowing Value, to writer: inout JSONWriter) {
        if unsafe value.withUTF8({ unsafe writer.write(UnsafeRawBufferPointer($0)) }) != nil { return }
        if unsafe value.withBytes({ unsafe writer.write($0) }) != nil { return }
        writer.write(value)
    }
}
