import ConnectorKit

/// PostgreSQL's texts of values as JSON; from its manual's chapter "Data Types".
enum ValueText {
    /// Writes a value that is no array as JSON.
    static func write(_ text: UnsafeRawBufferPointer, as form: ScalarForm, to out: inout JSONWriter) {
        switch form {
        case .number: unsafe writeNumber(text, to: &out)
        case .bool: out.write(unsafe text.first == UInt8(ascii: "t") ? "true" : "false")
        case .json: unsafe writeJSON(text, to: &out)
        case .bytes:
            var bytes = unsafe Bytea.bytes(text)[...]
            Bytea.writeBase64(&bytes, to: &out)
        case .timestamp, .timestampWithZone, .time:
            out.writeByte(quote)
            unsafe writeTime(text, form, to: &out)
            out.writeByte(quote)
        case .text: unsafe writeString(text, to: &out)
        }
    }

    /// Writes a text as a JSON string.
    static func writeString(_ text: UnsafeRawBufferPointer, to out: inout JSONWriter) {
        out.writeByte(quote)
        var start = 0
        for index in 0..<text.count {
            let byte = unsafe text[index]
            if byte >= 0x20 && byte != quote && byte != backslash { continue }
            unsafe out.write(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            writeEscape(of: byte, to: &out)
            start = index + 1
        }
        unsafe out.write(UnsafeRawBufferPointer(rebasing: text[start...]))
        out.writeByte(quote)
    }

    /// Writes a date and time, or a time, as ISO 8601 has it, with microseconds.
    ///
    /// What ISO 8601 cannot say (infinity, years before 1 and after 9999) stays as PostgreSQL has it.
    static func writeTime(_ text: UnsafeRawBufferPointer, _ form: ScalarForm, to out: inout JSONWriter) {
        let secondsEnd = form == .time ? 8 : 19
        let end = text.count - (form == .timestampWithZone ? 3 : 0)
        guard end >= secondsEnd, unsafe isPlain(text, form, end) else { return unsafe out.write(text) }
        if form != .time {
            unsafe out.write(UnsafeRawBufferPointer(rebasing: text[..<10]))
            out.writeByte(UInt8(ascii: "T"))
        }
        unsafe out.write(UnsafeRawBufferPointer(rebasing: text[(secondsEnd - 8)..<end]))
        if end == secondsEnd { out.write(".") }
        for _ in max(end, secondsEnd + 1)..<max(end, secondsEnd + 7) { out.writeByte(UInt8(ascii: "0")) }
        if form == .timestampWithZone { out.writeByte(UInt8(ascii: "Z")) }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    private static func isPlain(_ text: UnsafeRawBufferPointer, _ form: ScalarForm, _ end: Int) -> Bool {
        let last = unsafe text[end - 1]
        guard last >= UInt8(ascii: "0") && last <= UInt8(ascii: "9") else { return false }
        if form == .timestampWithZone, unsafe !text[end...].elementsEqual("+00".utf8) { return false }
        return unsafe form == .time || text[4] == UInt8(ascii: "-") && text[10] == UInt8(ascii: " ")
    }

    /// NaN and the infinities, which JSON has not, become strings, which PostgreSQL reads back.
    private static func writeNumber(_ text: UnsafeRawBufferPointer, to out: inout JSONWriter) {
        guard let last = unsafe text.last, last >= UInt8(ascii: "0") && last <= UInt8(ascii: "9") else {
            return unsafe writeString(text, to: &out)
        }
        unsafe out.write(text)
    }

    /// A `json` keeps its line breaks, which stand between values only and would end the record here.
    private static func writeJSON(_ text: UnsafeRawBufferPointer, to out: inout JSONWriter) {
        var start = 0
        for index in 0..<text.count {
            let byte = unsafe text[index]
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { continue }
            unsafe out.write(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            out.writeByte(UInt8(ascii: " "))
            start = index + 1
        }
        unsafe out.write(UnsafeRawBufferPointer(rebasing: text[start...]))
    }

    private static func writeEscape(of byte: UInt8, to out: inout JSONWriter) {
        out.writeByte(backslash)
        switch byte {
        case quote, backslash: out.writeByte(byte)
        case UInt8(ascii: "\n"): out.writeByte(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): out.writeByte(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): out.writeByte(UInt8(ascii: "t"))
        default:
            out.write("u00")
            out.writeByte(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 15
            out.writeByte(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}

/// Bytes in PostgreSQL's hex format, `\x` and two digits for each.
enum Bytea {
    /// The bytes of a text; what is no pair of digits is passed over.
    static func bytes(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        let count = max(0, text.count - 2) / 2
        return unsafe Array(unsafeUninitializedCapacity: count) { room, filled in
            for index in 0..<count {
                let high = unsafe digit(text[2 + index * 2])
                unsafe room[index] = unsafe high << 4 | digit(text[3 + index * 2])
            }
            filled = count
        }
    }

    /// Writes bytes as a base64 string (RFC 4648 section 4), for places where a record has no bytes of its own.
    static func writeBase64(_ bytes: inout ArraySlice<UInt8>, to out: inout JSONWriter) {
        out.writeByte(UInt8(ascii: "\""))
        while !bytes.isEmpty {
            let group = bytes.prefix(3)
            bytes = bytes.dropFirst(3)
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                out.writeByte(place <= group.count ? letter(bits >> UInt32(18 - 6 * place)) : UInt8(ascii: "="))
            }
        }
        out.writeByte(UInt8(ascii: "\""))
    }

    private static func digit(_ byte: UInt8) -> UInt8 {
        byte <= UInt8(ascii: "9") ? byte & 15 : (byte & 15) &+ 9
    }

    private static func letter(_ bits: UInt32) -> UInt8 {
        let letters: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return unsafe letters.utf8Start[Int(bits & 63)]
    }
}
