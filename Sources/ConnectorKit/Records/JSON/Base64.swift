/// Base64 as RFC 4648 section 4 has it.
enum Base64 {
    /// The four letters of up to three bytes from `index` on.
    static func group(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (UInt8, UInt8, UInt8, UInt8) {
        let count = min(3, bytes.count - index)
        var bits: UInt32 = 0
        for place in 0..<count { bits |= unsafe UInt32(bytes[index + place]) << UInt32(16 - 8 * place) }
        let pad = UInt8(ascii: "=")
        return (
            letter(bits >> 18), letter(bits >> 12), count > 1 ? letter(bits >> 6) : pad, count > 2 ? letter(bits) : pad
        )
    }

    private static func letter(_ bits: UInt32) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: bits & 63)
        return switch digit {
        case 0..<26: UInt8(ascii: "A") + digit
        case 26..<52: UInt8(ascii: "a") + digit - 26
        case 52..<62: UInt8(ascii: "0") + digit - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
