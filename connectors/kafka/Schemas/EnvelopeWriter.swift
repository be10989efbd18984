import ConnectorKit

/// Puts values into Kafka Connect's envelope, `{"schema": …, "payload": …}`.
///
/// The schema is the record's own while the value fits it, otherwise one that follows from the value, and null when none
/// does: transforms add and take away fields.
struct EnvelopeWriter: ~Copyable {
    private let style: PayloadStyle
    private var inferred: Schema?
    private var inferredText = JSONWriter(capacity: 1 << 10)

    init(_ config: ConverterConfig) {
        style = PayloadStyle(decimals: config.decimals, replacesNull: config.replacesNull)
    }

    /// Writes a value that came with a schema.
    mutating func write(_ value: borrowing Value, schema: Schema, to writer: inout JSONWriter) {
        guard Self.fits(value, schema) else { return write(value, to: &writer) }
        writer.write("{\"schema\":")
        schema.write(to: &writer)
        write(payload: value, schema, to: &writer)
    }

    /// Writes a value that came without one.
    mutating func write(_ value: borrowing Value, to writer: inout JSONWriter) {
        guard let schema = schema(of: value) else {
            writer.write("{\"schema\":null,\"payload\":")
            writer.write(value)
            return writer.write("}")
        }
        writer.write("{\"schema\":")
        unsafe inferredText.withBytes { unsafe writer.write($0) }
        write(payload: value, schema, to: &writer)
    }

    private func write(payload value: borrowing Value, _ schema: Schema, to writer: inout JSONWriter) {
        writer.write(",\"payload\":")
        if style.isNeeded(for: schema) {
            style.write(value, schema, to: &writer)
        } else {
            writer.write(value)
        }
        writer.write("}")
    }

    /// The schema of the record before while a value has exactly its fields; mostly it does.
    private mutating func schema(of value: borrowing Value) -> Schema? {
        if let inferred, Self.fits(value, inferred, isExact: true) { return inferred }
        inferred = Schema.inferred(from: value)
        inferredText.removeAll()
        inferred?.write(to: &inferredText)
        return inferred
    }

    private static func fits(_ value: borrowing Value, _ schema: Schema, isExact: Bool = false) -> Bool {
        (try? SchemaCheck(side: .record, isExact: isExact).check(value, schema)) != nil
    }
}
