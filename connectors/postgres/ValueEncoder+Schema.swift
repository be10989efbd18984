import ConnectorKit

extension ValueEncoder {
    /// Writes a value for a column as its schema says what it stands for; as it is without one.
    ///
    /// - Throws: `rejected` for what the column cannot hold.
    mutating func write(_ value: borrowing Value, as schema: Schema?, for slot: Slot) throws(ConnectorError) {
        guard let places = slot.places, !slot.isArray else { return try writeWhole(value, as: schema, for: slot) }
        let start = rows.count
        try writeWhole(value, as: schema, for: slot)
        let isCut = unsafe rows.withBytes { bytes in
            unsafe DecimalPlaces.exceed(
                places, in: UnsafeRawBufferPointer(rebasing: bytes[start...]), isNumber: slot.form == .decimal)
        }
        if isCut {
            throw .rejected(
                "column \(slot.name) has \(places) decimal places and would round the value; change the column's type, or "
                    + "round the value with a transform", detail: "the value is \(value.shown)")
        }
    }

    private mutating func writeWhole(
        _ value: borrowing Value, as schema: Schema?, for slot: Slot
    ) throws(ConnectorError) {
        guard let schema, schema.hasMeanings || schema.items != nil else { return try write(value, for: slot) }
        if value.isNull || !value.exists {
            let isJSON = schema.meaning == .jsonNull && slot.form == .json && !slot.isArray && value.exists
            return isJSON ? rows.append("null") : try write(value, for: slot)
        }
        if slot.form == .json, !slot.isArray, schema.meaning == .plain {
            return try writeParts(of: value, schema, slot)
        }
        if value.kind == .array {
            guard slot.isArray, let items = schema.items, !schema.meaning.isUnknown else {
                return try writeMeaning(of: value, schema, slot)
            }
            return try writeArray(value, items, slot)
        }
        try writeMeaning(of: value, schema, slot)
    }

    private mutating func writeMeaning(
        of value: borrowing Value, _ schema: Schema, _ slot: Slot
    ) throws(ConnectorError) {
        switch MeaningText.of(value, schema, in: slot) {
        case .same: try write(value, for: slot)
        case .text(let text): try write(text, for: slot)
        case .json: try writeText(value, slot)
        case .list(let texts): try write(Self.literal(texts), for: slot)
        case .bytes(let bytes): unsafe bytes.bytes.withUnsafeBytes { unsafe writeHex($0) }
        case .refused: throw Self.refusal(value, schema, slot)
        }
    }

    static func refusal(_ value: borrowing Value, _ schema: Schema, _ slot: Slot) -> ConnectorError {
        .rejected(
            "column \(slot.name) cannot hold the value as \(schema.name ?? schema.type.name), which its schema says it is; "
                + "change the column's type, or the value with a transform", detail: "the value is \(value.shown)")
    }

    /// An array literal of texts.
    private static func literal(_ texts: [String]) -> String {
        let quoted = texts.map { text in
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        return "{\(quoted.joined(separator: ","))}"
    }
}

extension Value {
    /// The value in a message, cut short.
    fileprivate var shown: String {
        let text = jsonText
        return text.count > 40 ? "\(text.prefix(40))…" : text
    }
}
