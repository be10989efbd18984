import ConnectorKit
import FoundationEssentials

/// Values as the text of one column, in the rows of a COPY.
struct ValueEncoder: ~Copyable {
    /// The rows.
    var rows: CopyBuffer
    /// Those that slots name.
    var shapes: [ValueShape] = []
    private var scratch = JSONWriter(capacity: 256)

    init(capacity: Int = 1 << 16) { rows = CopyBuffer(capacity: capacity) }

    /// Writes a value for a column; null for a missing one.
    ///
    /// - Throws: `rejected` for what PostgreSQL cannot hold.
    mutating func write(_ value: borrowing Value, for slot: Slot) throws(ConnectorError) {
        switch value.kind {
        case .missing: writeNull()
        case .null: slot.form == .json && !slot.isArray && !slot.isNullable ? rows.append("null") : writeNull()
        case _ where slot.isArray && value.kind == .array: try writeArray(value, nil, slot)
        case _ where slot.form == .json: try writeJSON(value, slot)
        case .string where slot.form == .bytes: try writeBase64(value, slot)
        case .string: try writeText(value, slot)
        case .bool: value.bool == true ? rows.append("true") : rows.append("false")
        case .number, .int, .uint, .double: try writeNumber(value, slot)
        case .bytes: unsafe value.withBytes { unsafe writeHex($0) }
        case .array, .object: try writeStructure(value, slot)
        }
    }

    /// Writes a list or an object for a column that may read its JSON as a literal.
    private mutating func writeStructure(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        if slot.form.isCalendar {
            throw .rejected("a list or an object cannot be a date or time, which column \(slot.name) holds")
        }
        guard let shape = slot.shape else { return try writeJSON(value, slot) }
        scratch.removeAll()
        scratch.write(value)
        try writeLiteral(unsafe scratch.withBytes { unsafe Array($0) }, shapes[shape], slot)
    }

    mutating func writeNull() { rows.append("\\N") }

    /// Writes text for a column, such as a topic.
    mutating func write(_ text: String, for slot: Slot) throws(ConnectorError) {
        var text = text
        let isText = text.withUTF8 { unsafe rows.appendEscaped(UnsafeRawBufferPointer($0)) }
        if !isText { throw Self.nul(slot) }
    }

    mutating func writeText(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        if slot.form.isCalendar && !slot.isArray { return try writeCalendar(value, slot) }
        if let shape = slot.shape {
            return try writeLiteral(unsafe value.withUTF8 { unsafe Array($0) } ?? [], shapes[shape], slot)
        }
        let isText = unsafe value.withUTF8 { unsafe rows.appendEscaped(UnsafeRawBufferPointer($0)) }
        if isText == false { throw Self.nul(slot) }
    }

    /// Writes a text for a date or time as its column holds it.
    private mutating func writeCalendar(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        var refusal: CalendarInput.Refusal?
        let isText = unsafe value.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            switch unsafe CalendarInput.outcome(of: bytes, for: slot.form) {
            case .same: return unsafe rows.appendEscaped(bytes)
            case .first(let count): return unsafe rows.appendEscaped(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            case .text(var text): return text.withUTF8 { unsafe rows.appendEscaped(UnsafeRawBufferPointer($0)) }
            case .refused(let reason):
                refusal = reason
                return true
            }
        }
        if let refusal { throw Self.refused(value.string ?? "", slot, refusal) }
        if isText == false { throw Self.nul(slot) }
    }

    /// Writes a text that is the literal of an array, a range or the like, with dates and times in it.
    private mutating func writeLiteral(
        _ text: [UInt8], _ shape: ValueShape, _ slot: Slot
    ) throws(ConnectorError) {
        let rewritten: [UInt8]
        do throws(LiteralText.Fault) { rewritten = try LiteralText.rewritten(text, as: shape) } catch {
            throw Self.refused(String(decoding: text, as: UTF8.self), slot, error.refusal)
        }
        let isText = unsafe rewritten.withUnsafeBytes { unsafe rows.appendEscaped($0) }
        if !isText { throw Self.nul(slot) }
    }

    private static func refused(_ text: String, _ slot: Slot, _ refusal: CalendarInput.Refusal) -> ConnectorError {
        .rejected("the text for column \(slot.name) \(refusal.reason)", detail: "the text is \"\(text.prefix(40))\"")
    }

    private mutating func writeNumber(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        if slot.form.isCalendar {
            guard let number = value.int else {
                throw .rejected(
                    "the number for column \(slot.name) is not a whole number of milliseconds or days, which a number for a "
                        + "date or time must be", detail: "the number is \(value.jsonText.prefix(40))")
            }
            return try writeCalendar(number, slot)
        }
        if value.kind == .number {
            return unsafe value.rawText.withUnsafeBytes { unsafe rows.append($0) }
        }
        scratch.removeAll()
        scratch.write(value)
        unsafe scratch.withBytes { unsafe rows.append($0) }
    }

    private mutating func writeCalendar(_ number: Int64, _ slot: Slot) throws(ConnectorError) {
        let text =
            switch slot.form {
            case .timestamp, .timestampWithZone: CalendarText.timestamp(number)
            case .date: CalendarText.date(number)
            default: CalendarText.time(number)
            }
        guard let text else {
            throw .rejected(
                "the number for column \(slot.name) is beyond the range of its type", detail: "the number is \(number)")
        }
        try write(text, for: slot)
    }

    private mutating func writeJSON(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        scratch.removeAll()
        scratch.write(value)
        try copyScratch(slot)
    }

    /// - Parameter items: What the elements are; nil when that is not known.
    mutating func writeArray(_ value: borrowing Value, _ items: Schema? = nil, _ slot: Slot) throws(ConnectorError) {
        scratch.removeAll()
        try ArrayLiteral.write(value, items, slot, shapes, to: &scratch)
        try copyScratch(slot)
    }

    /// Writes JSON whose parts have meanings of their own.
    mutating func writeParts(of value: borrowing Value, _ schema: Schema, _ slot: Slot) throws(ConnectorError) {
        scratch.removeAll()
        try MeaningJSON.write(value, schema, slot, to: &scratch)
        try copyScratch(slot)
    }

    private mutating func copyScratch(_ slot: Slot) throws(ConnectorError) {
        let isText = unsafe scratch.withBytes { unsafe rows.appendEscaped($0) }
        if !isText { throw Self.nul(slot) }
    }

    private mutating func writeBase64(_ value: borrowing Value, _ slot: Slot) throws(ConnectorError) {
        let bytes = try Base64Text.bytes(of: value, slot)
        unsafe bytes.withUnsafeBytes { unsafe writeHex($0) }
    }

    mutating func writeHex(_ bytes: UnsafeRawBufferPointer) {
        rows.append("\\\\x")
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            rows.append(HexDigit.of(byte >> 4))
            rows.append(HexDigit.of(byte & 15))
        }
    }

    private static func nul(_ slot: Slot) -> ConnectorError {
        .rejected(
            "the text for column \(slot.name) holds a NUL character, which PostgreSQL cannot store; remove it with a "
                + "transform")
    }
}

/// Hexadecimal digits.
enum HexDigit {
    static func of(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

/// Bytes given as text.
enum Base64Text {
    static func bytes(of value: borrowing Value, _ slot: Slot) throws(ConnectorError) -> Data {
        guard let text = value.string, let data = Data(base64Encoded: text) else {
            throw .rejected("the text for column \(slot.name) is no base64, which a text for bytea must be")
        }
        return data
    }
}
