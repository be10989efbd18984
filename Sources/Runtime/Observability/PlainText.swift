/// Text that changes nothing but the line it stands in, whoever wrote it.
extension String {
    /// The text with what steers a terminal or the order of its characters as escapes: `\n`, `\u001b`, `\u202e`.
    ///
    /// - Parameter keepsLines: Whether line breaks and tabs stay.
    public func escapingControls(keepsLines: Bool = false) -> String {
        guard unicodeScalars.contains(where: { Self.steers($0, keepsLines) }) else { return self }
        var plain = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if Self.steers(scalar, keepsLines) {
                plain += Self.escape(of: scalar).unicodeScalars
            } else {
                plain.append(scalar)
            }
        }
        return String(plain)
    }

    private static func steers(_ scalar: Unicode.Scalar, _ keepsLines: Bool) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: !keepsLines
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: true
        // Unicode's explicit directional marks (UAX 9).
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func escape(of scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
