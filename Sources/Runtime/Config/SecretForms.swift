internal import ConnectorKit

/// The spellings in which a secret can come back from a server or a library.
enum SecretForms {
    /// Shorter texts are left alone, in bytes: they stand in too many innocent places.
    static let shortest = 4

    /// All spellings of a secret and of what is secret within it.
    static func all(of secret: String) -> Set<[UInt8]> {
        let texts = ([secret] + SecretParts.of(secret)).flatMap { [$0, trimmed($0), percentDecoded($0)] }
        let parts = Set(texts.map { Array($0.utf8) }).filter { $0.count >= shortest }
        return Set(parts.flatMap(spellings))
    }

    private static func spellings(_ bytes: [UInt8]) -> [[UInt8]] {
        let quoted = Array(String(decoding: bytes, as: UTF8.self).jsonQuoted.utf8.dropFirst().dropLast())
        let escaped = Array(String(decoding: bytes, as: UTF8.self).escapingControls().utf8)
        let percent = [true, false].flatMap { isUpper in
            ["", "/", ":/?#[]@!$&'()*+,;="].map { percentEncoded(bytes, keeping: Array($0.utf8), isUpper: isUpper) }
        }
        let base64 = (0..<3).flatMap { offset in
            let core = base64Core(bytes, at: offset)
            return [
                core, core.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == 0x2F ? UInt8(ascii: "_") : $0 },
            ]
        }
        return ([bytes, quoted, escaped] + percent + base64).filter { $0.count >= shortest }
    }

    /// The text without white space around it, which a header or a file loses.
    private static func trimmed(_ text: String) -> String {
        let isSpace: (UInt8) -> Bool = { $0 <= 0x20 }
        let start = text.utf8.drop(while: isSpace)
        return String(decoding: start.reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    }

    private static func percentDecoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            guard byte == UInt8(ascii: "%"), digits.count == 2, let code = UInt8(String(Substring(digits)), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// RFC 3986: all but unreserved bytes and those kept.
    private static func percentEncoded(_ bytes: [UInt8], keeping kept: [UInt8], isUpper: Bool) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            if isUnreserved(byte) || kept.contains(byte) { return [byte] }
            let digits = String(byte, radix: 16, uppercase: isUpper)
            return Array((byte < 16 ? "%0" : "%").utf8) + Array(digits.utf8)
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// The letters of base64 (RFC 4648) that depend on `bytes` alone when `offset` other bytes stand before them.
    private static func base64Core(_ bytes: [UInt8], at offset: Int) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let padded = [UInt8](repeating: 0, count: offset) + bytes
        let first = (offset * 8 + 5) / 6
        let end = padded.count * 8 / 6
        return (first..<max(first, end)).map { letter in
            let bit = letter * 6
            let high = UInt16(padded[bit / 8]) << 8
            let low = bit / 8 + 1 < padded.count ? UInt16(padded[bit / 8 + 1]) : 0
            return alphabet[Int((high | low) >> UInt16(10 - bit % 8)) & 63]
        }
    }
}
