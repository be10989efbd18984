import ConnectorKit

/// Base64 as RFC 4648 section 4 has it.
enum Base64Text {
    /// The bytes that a text stands for; nil when it is no base64.
    static func bytes(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var (bits, count, padding): (UInt32, Int, Int) = (0, 0, 0)
        for index in 0..<text.count {
            let letter = unsafe text[index]
            if letter == UInt8(ascii: "=") {
                padding += 1
                guard index >= text.count - 2 else { return nil }
                bits <<= 6
            } else {
                guard padding == 0, let digit = digit(letter) else { return nil }
                bits = bits << 6 | UInt32(digit)
            }
            count += 1
            guard count == 4 else { continue }
            for place in 0..<(3 - padding) { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place))) }
            (bits, count) = (0, 0)
        }
        return bytes
    }

    private static func digit(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// The text that stands for bytes.
    static func write(_ bytes: [UInt8], to writer: inout JSONWriter) {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var index = 0
        while index < bytes.count {
            let group = bytes[index..<min(index + 3, bytes.count)]
            var bits: UInt32 = 0
            for (place, byte) in group.enumerated() { bits |= UInt32(byte) << UInt32(16 - 8 * place) }
            for place in 0..<4 {
                let digit = Int(bits >> UInt32(18 - 6 * place) & 63)
                writer.writeByte(place <= group.count ? letters[digit] : UInt8(ascii: "="))
            }
            index += 3
        }
    }
}
