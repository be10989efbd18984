import ConnectorKit

@testable import KafkaConnector

/// What a converter made of bytes.
struct Decoded: Equatable {
    /// The value as JSON; nil when it was rejected.
    var value: String?
    var schema: String?
    /// Why it was rejected.
    var fault: String?
    /// What was kept of the message.
    var source: [UInt8]?
}

extension ConverterConfig {
    static func of(
        _ kind: Converter, schemas: Bool = false, _ decimals: DecimalFormat = .base64, replacesNull: Bool = true
    ) -> ConverterConfig {
        ConverterConfig(
            name: "value.converter", kind: kind, hasSchemas: schemas, decimals: decimals, cacheSize: 10,
            replacesNull: replacesNull)
    }

    func decode(_ bytes: [UInt8]) throws -> Decoded {
        var decoder = PartDecoder(self)
        var batch = RecordBatch()
        try unsafe bytes.withUnsafeBytes { try unsafe decoder.append($0, to: &batch) }
        let source = unsafe batch.withSourceText(0) { unsafe $0.map { unsafe Array($0) } }
        let schema = batch[0].schema?.jsonText
        if let rejection = batch.rejections.first {
            return Decoded(fault: rejection.error.message, source: source)
        }
        return Decoded(value: batch[0].value.jsonText, schema: schema, source: source)
    }

    func decode(_ text: String) throws -> Decoded { try decode(Array(text.utf8)) }

    /// The bytes of values in turn, with a schema or without; "refused: …" for one that cannot be written.
    func encode(_ values: [String], schema: String? = nil) throws -> [String] {
        var encoder = PartEncoder(self)
        return try values.map { json in
            let batch = try makeBatch([Given(json: json)])
            let schema = try schema.map { text in
                let texts = try makeBatch([Given(json: text)])
                return try Schema(texts[0].value)
            }
            var writer = JSONWriter()
            let fault =
                schema == nil
                ? encoder.write(batch[0].value, to: &writer)
                : encoder.write(batch[0].value, schema: schema, to: &writer)
            if let fault { return "refused: \(fault.message)" }
            return unsafe writer.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }
}
