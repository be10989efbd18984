import ConnectorKit

/// Puts values into Kafka Connect's envelope, `{"schema": …, "payload": …}`.
///
/// The schema is the record's own while the value fits it, otherwise one that follows from the value, and null when none
/// does: transforms add and take away fields.
struct EnvelopeWriter: ~Copyable {
    private let decimals: DecimalFormat
    private var schemas: SchemaCache
    private var inferred: ConnectSchema?
    private var inferredText = JSONWriter(capacity: 1 << 10)

    init(_ config: ConverterConfig) {
        decimals = config.decimals
        schemas = SchemaCache(limit: config.cacheSize)
    }

    /// Writes a value that came with a schema, which may be a missing one.
    mutating func write(_ value: borrowing Value, schema: borrowing Value, to writer: inout JSONWriter) {
        guard schema.exists, let ready = try? schemas.schema(schema), Self.fits(value, ready) else {
            return write(value, to: &writer)
        }
        writer.write("{\"schema\":")
        writer.write(schema)
        write(payload: value, ready, to: &writer)
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

    private func write(payload value: borrowing Value, _ schema: ConnectSchema, to writer: inout JSONWriter) {
        writer.write(",\"payload\":")
        if decimals == .base64, schema.hasDecimals {
            schema.writePayload(value, to: &writer)
        } else {
            writer.write(value)
        }
        writer.write("}")
    }

    /// The schema of the record before while a value has exactly its fields; mostly it does.
    private mutating func schema(of value: borrowing Value) -> ConnectSchema? {
        if let inferred, Self.fits(value, inferred, isExact: true) { return inferred }
        inferred = ConnectSchema(of: value)
        inferredText.removeAll()
        inferred?.write(to: &inferredText)
        return inferred
    }

    private static func fits(_ value: borrowing Value, _ schema: ConnectSchema, isExact: Bool = false) -> Bool {
        (try? SchemaCheck(side: .record, isExact: isExact).check(value, schema)) != nil
    }
}

extension ConnectSchema {
    /// Writes a value that fits, decimals as the base64 of their unscaled number.
    fileprivate func writePayload(_ value: borrowing Value, to writer: inout JSONWriter) {
        switch type {
        case .decimal(let scale):
            guard let bytes = value.decimalText.flatMap({ Decimal.unscaled($0, scale: scale) }) else {
                return writer.write(value)
            }
            writer.write("\"")
            Base64Text.write(bytes, to: &writer)
            writer.write("\"")
        case .array(let items) where items.hasDecimals: writeList(value, [items], to: &writer)
        case .map(let key, let content) where value.kind == .array:
            writer.write("[")
            var isFirst = true
            value.forEach { pair in
                if !isFirst { writer.write(",") }
                isFirst = false
                writeList(pair, [key, content], to: &writer)
            }
            writer.write("]")
        case .map(_, let content): writeMembers(value, to: &writer) { _ in content }
        case .structure(let fields):
            writeMembers(value, to: &writer) { name in fields.first { $0.name == name }?.schema }
        default: writer.write(value)
        }
    }

    private func writeList(_ list: borrowing Value, _ schemas: [ConnectSchema], to writer: inout JSONWriter) {
        guard list.kind == .array else { return writer.write(list) }
        writer.write("[")
        var index = 0
        list.forEach { item in
            if index > 0 { writer.write(",") }
            schemas[min(index, schemas.count - 1)].writePayload(item, to: &writer)
            index += 1
        }
        writer.write("]")
    }

    private func writeMembers(
        _ object: borrowing Value, to writer: inout JSONWriter, _ schema: (String) -> ConnectSchema?
    ) {
        guard object.kind == .object else { return writer.write(object) }
        writer.write("{")
        var isFirst = true
        object.forEachMember { name, member in
            if !isFirst { writer.write(",") }
            isFirst = false
            writer.write(name)
            writer.write(":")
            if let schema = schema(name.string ?? "") {
                schema.writePayload(member, to: &writer)
            } else {
                writer.write(member)
            }
        }
        writer.write("}")
    }
}
