internal import CRecords

/// Escapes in JSON strings (RFC 8259 section 7).
enum JSONEscape {
    /// The most bytes one byte becomes.
    static var longest: Int { 6 }

    /// Whether any byte must be escaped. Up to ``Arena/padding`` bytes after the text may be read.
    static func isNeeded(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        unsafe sluice_needs_escape(bytes, count)
    }

    /// Writes bytes as the inside of a JSON string and answers the end; `out` has ``longest`` bytes of room for each.
    static func write(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, to out: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var end = unsafe out
        for index in 0..<count {
            let byte = unsafe bytes[index]
            if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
                unsafe end.pointee = byte
                unsafe end += 1
            } else {
                unsafe end = write(escaped: byte, to: end)
            }
        }
        return unsafe end
    }

    private static func write(
        escaped byte: UInt8, to out: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        unsafe out[0] = UInt8(ascii: "\\")
        if let letter = letter(for: byte) {
            unsafe out[1] = letter
            return unsafe out + 2
        }
        unsafe out[1] = UInt8(ascii: "u")
        unsafe out[2] = UInt8(ascii: "0")
        unsafe out[3] = UInt8(ascii: "0")
        unsafe out[4] = UInt8(ascii: "0") + byte >> 4
        let digit = byte & 15
        unsafe out[5] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        return unsafe out + 6
    }

    private static func letter(for byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0a: UInt8(ascii: "n")
        case 0x0c: UInt8(ascii: "f")
        case 0x0d: UInt8(ascii: "r")
        default: nil
        }
    }
}
