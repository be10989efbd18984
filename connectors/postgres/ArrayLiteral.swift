import ConnectorKit

/// PostgreSQL's array literals (section "Array Value Input" of its page on arrays).
enum ArrayLiteral {
    /// Writes an array; arrays in it are further dimensions, objects their JSON.
    static func write(
        _ value: borrowing Value, _ items: Schema?, _ slot: Slot, _ shapes: [ValueShape], to out: inout JSONWriter
    ) throws(ConnectorError) {
        var encoder = ValueEncoder(capacity: 256)
        encoder.shapes = shapes
        try write(value, items, slot, by: &encoder, to: &out)
    }

    private static func write(
        _ value: borrowing Value, _ items: Schema?, _ slot: Slot, by encoder: inout ValueEncoder,
        to out: inout JSONWriter
    ) throws(ConnectorError) {
        out.writeByte(UInt8(ascii: "{"))
        var isFirst = true
        var failure: ConnectorError?
        value.forEach { element in
            if !isFirst { out.writeByte(UInt8(ascii: ",")) }
            isFirst = false
            do throws(ConnectorError) {
                try writeElement(element, items, slot, by: &encoder, to: &out)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        out.writeByte(UInt8(ascii: "}"))
    }

    private static func writeElement(
        _ element: borrowing Value, _ items: Schema?, _ slot: Slot, by encoder: inout ValueEncoder,
        to out: inout JSONWriter
    ) throws(ConnectorError) {
        switch element.kind {
        case .missing where slot.element.isNullable, .null where slot.element.isNullable: out.write("NULL")
        case .array: try write(element, items?.items ?? items, slot, by: &encoder, to: &out)
        case .missing, .null, .string, .bytes, .object, .bool, .number, .int, .uint, .double:
            // An element is what a column of its type would get, read back from COPY's text and quoted.
            encoder.rows.truncate(to: 0)
            try encoder.write(element, as: items, for: slot.element)
            unsafe encoder.rows.withBytes { unsafe quote($0, to: &out) }
        }
    }

    /// Writes text of a COPY in quotes, its escapes undone and those of literals put in.
    private static func quote(_ text: UnsafeRawBufferPointer, to out: inout JSONWriter) {
        out.writeByte(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            var byte = unsafe text[index]
            if byte == UInt8(ascii: "\\") && index + 1 < text.count {
                index += 1
                byte = unsafe unescaped(text[index])
            }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.writeByte(UInt8(ascii: "\\")) }
            out.writeByte(byte)
            index += 1
        }
        out.writeByte(UInt8(ascii: "\""))
    }

    private static func unescaped(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        case UInt8(ascii: "r"): UInt8(ascii: "\r")
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        default: letter
        }
    }
}
