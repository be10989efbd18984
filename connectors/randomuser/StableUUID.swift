/// UUIDs made of a text (RFC 9562 version 8): equal texts give equal UUIDs, in every run.
enum StableUUID {
    static func text(of source: String) -> String {
        let high = hash(source, 0xCBF2_9CE4_8422_2325) & ~0xF000 | 0x8000
        let low = hash(source, 0x9E37_79B9_7F4A_7C15) & ~(0b11 << 62) | 0b10 << 62
        let digits = hex(high) + hex(low)
        var parts: [Substring] = []
        var rest = Substring(digits)
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }

    /// FNV-1a with 64 bits from a start of one's own.
    private static func hash(_ text: String, _ start: UInt64) -> UInt64 {
        text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
