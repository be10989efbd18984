extension DocumentJSON {
    mutating func write(_ plain: StaticString) {
        unsafe text.append(contentsOf: UnsafeBufferPointer(start: plain.utf8Start, count: plain.utf8CodeUnitCount))
    }

    mutating func write(_ plain: String) { text.append(contentsOf: plain.utf8) }

    mutating func separate() { write(isSpaced ? ", " : ",") }

    /// Begins an object with its first member.
    mutating func member(_ name: StaticString, _ value: (inout DocumentJSON) -> Void) {
        write("{")
        label(name)
        value(&self)
    }

    /// Ends an object with its second member.
    mutating func lastMember(_ name: StaticString, _ value: (inout DocumentJSON) -> Void) {
        separate()
        label(name)
        value(&self)
        write("}")
    }

    mutating func onlyMember(_ name: StaticString, _ value: (inout DocumentJSON) -> Void) {
        member(name, value)
        write("}")
    }

    /// An object whose only member is a text.
    mutating func wrap(_ name: StaticString, _ bytes: some Collection<UInt8>) { onlyMember(name) { $0.quote(bytes) } }

    private mutating func label(_ name: StaticString) {
        write("\"")
        write(name)
        write(isSpaced ? "\": " : "\":")
    }

    mutating func quote(hex bytes: some Collection<UInt8>) { quote(Self.hex(bytes)) }

    mutating func quote(base64 bytes: some Collection<UInt8>) { quote(Self.base64(Array(bytes))) }

    mutating func quote(_ bytes: some Collection<UInt8>) {
        write("\"")
        let last: UInt8 = isSpaced ? 126 : 255
        if bytes.allSatisfy({ $0 >= 32 && $0 <= last && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            text.append(contentsOf: bytes)
        } else if isSpaced {
            quoteAsJava(bytes)
        } else {
            for byte in bytes { escape(byte) }
        }
        write("\"")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            text.append(UInt8(ascii: "\\"))
            text.append(byte)
        case 0..<32: escape(unit: UInt16(byte))
        default: text.append(byte)
        }
    }

    private mutating func escape(unit: UInt16) {
        write("\\u")
        for shift in [12, 8, 4, 0] { text.append(Self.digit(UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 15)) }
    }

    /// As MongoDB's Java driver escapes a text: by the kind of each of its UTF-16 units.
    private mutating func quoteAsJava(_ bytes: some Collection<UInt8>) {
        guard let string = String(validating: bytes, as: UTF8.self) else { return fail("holds text that is not UTF-8") }
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\u{8}": write("\\b")
            case "\t": write("\\t")
            case "\n": write("\\n")
            case "\u{C}": write("\\f")
            case "\r": write("\\r")
            case _ where scalar.isASCII: escapeASCII(UInt8(truncatingIfNeeded: scalar.value))
            case _ where scalar.value < 0x1_0000 && scalar.properties.generalCategory.isPlain: write(String(scalar))
            default: for unit in String(scalar).utf16 { escape(unit: unit) }
            }
        }
    }

    private mutating func escapeASCII(_ byte: UInt8) { if byte == 127 { escape(unit: 127) } else { escape(byte) } }

    static func hex(_ bytes: some Collection<UInt8>) -> [UInt8] { bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] } }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    /// The milliseconds within a second.
    static func fraction(_ milliseconds: Int64) -> Int { Int(((milliseconds % 1000) + 1000) % 1000) }

    static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
            for place in 0..<4 {
                text.append(place <= group.count ? letters[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return text
    }
}

extension Unicode.GeneralCategory {
    /// Whether MongoDB's Java driver writes characters of this kind as they are.
    fileprivate var isPlain: Bool {
        switch self {
        case .modifierLetter, .nonspacingMark, .spacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator,
            .control, .format, .surrogate, .privateUse, .unassigned:
            false
        default: true
        }
    }
}

/// Doubles as Java's `Double.toString` writes them, with a `+` before an exponent that is not negative, as MongoDB's Java
/// driver has it.
enum JavaDouble {
    static func text(of number: Double) -> String {
        let magnitude = number.magnitude
        if magnitude == 0 || (1e-3..<1e7).contains(magnitude) { return "\(number)" }
        let (digits, exponent) = parts(of: magnitude)
        let fraction = digits.count > 1 ? String(digits.dropFirst()) : "0"
        return "\(number < 0 ? "-" : "")\(digits.prefix(1)).\(fraction)E\(exponent < 0 ? "" : "+")\(exponent)"
    }

    /// The shortest digits of a number, the first of which is not 0, and the power of ten of that.
    private static func parts(of number: Double) -> (digits: String, exponent: Int) {
        let halves = "\(number)".split(separator: "e")
        let whole = halves[0].prefix { $0 != "." }
        let all = halves[0].filter { $0 != "." }
        let zeros = all.prefix { $0 == "0" }.count
        let digits = all.dropFirst(zeros).reversed().drop { $0 == "0" }.reversed()
        let power = halves.count > 1 ? Int(halves[1]) ?? 0 : 0
        return (String(digits), power + whole.count - 1 - zeros)
    }
}
