/// Decimals as Kafka Connect's `Decimal` holds them: the unscaled number, big-endian in two's complement, and a scale that
/// the schema knows (`org.apache.kafka.connect.data.Decimal`).
public enum UnscaledDecimal {
    /// Longer ones are refused: converting them takes time that grows with the square.
    public static let mostBytes = 512
    /// The most digits of a number.
    public static let mostDigits = 1200
    /// The scales that are taken.
    public static let scales = -1000...1000

    /// The number as JSON; nil when it is empty or too long.
    public static func text(_ bytes: [UInt8], scale: Int) -> String? {
        guard let first = bytes.first, bytes.count <= mostBytes, scales.contains(scale) else { return nil }
        let isNegative = first >= 0x80
        var digits = decimalDigits(of: isNegative ? negated(bytes) : bytes)
        if scale > 0 {
            if digits.count <= scale { digits = Array(repeating: 0, count: scale + 1 - digits.count) + digits }
        } else if digits != [0] {
            digits += Array(repeating: 0, count: -scale)
        }
        var text = isNegative ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if scale > 0, index == digits.count - scale { text.append(".") }
            text.unicodeScalars.append(Unicode.Scalar(UInt8(ascii: "0") + digit))
        }
        return text
    }

    /// The unscaled bytes of a JSON number, as few as hold it; nil when it has more places than the scale, or is too long.
    public static func bytes(_ text: String, scale: Int) -> [UInt8]? {
        var digits: [UInt8] = []
        var exponent = 0
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        if let mark = rest.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let number = Int(String(decoding: rest[(mark + 1)...], as: UTF8.self)),
                (-10_000...10_000).contains(number)
            else { return nil }
            exponent = number
            rest = rest[..<mark]
        }
        if let dot = rest.firstIndex(of: UInt8(ascii: ".")) { exponent -= rest.endIndex - dot - 1 }
        guard rest.count <= mostDigits else { return nil }
        for byte in rest where byte != UInt8(ascii: ".") { digits.append(byte - UInt8(ascii: "0")) }
        guard let shifted = shift(digits, by: exponent + scale) else { return nil }
        let magnitude = binary(of: shifted)
        return isNegative ? trimmed(negated([0] + magnitude)) : trimmed([0] + magnitude)
    }

    private static func shift(_ digits: [UInt8], by places: Int) -> [UInt8]? {
        if digits.allSatisfy({ $0 == 0 }) { return [0] }
        if places >= 0 { return digits.count + places > mostDigits ? nil : digits + Array(repeating: 0, count: places) }
        let cut = min(-places, digits.count)
        guard -places <= digits.count, digits.suffix(cut).allSatisfy({ $0 == 0 }) else { return nil }
        return Array(digits.dropLast(cut))
    }

    private static func decimalDigits(of magnitude: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = []
        var rest = magnitude[...]
        while !rest.isEmpty {
            var (quotient, remainder): ([UInt8], Int) = ([], 0)
            for byte in rest {
                let value = remainder << 8 | Int(byte)
                quotient.append(UInt8(truncatingIfNeeded: value / 10))
                remainder = value % 10
            }
            digits.append(UInt8(remainder))
            rest = quotient.drop { $0 == 0 }
        }
        let significant = digits.reversed().drop { $0 == 0 }
        return significant.isEmpty ? [0] : Array(significant)
    }

    private static func binary(of digits: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []  // the lowest first
        for digit in digits {
            var carry = Int(digit)
            for index in bytes.indices {
                carry += Int(bytes[index]) * 10
                bytes[index] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
            if carry > 0 { bytes.append(UInt8(truncatingIfNeeded: carry)) }
        }
        return bytes.reversed()
    }

    private static func negated(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes.map { ~$0 }
        for index in result.indices.reversed() {
            result[index] &+= 1
            if result[index] != 0 { break }
        }
        return result
    }

    /// Without leading bytes that only repeat the sign.
    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes[...]
        while bytes.count > 1, let first = bytes.first, let second = bytes.dropFirst().first,
            first == 0 && second < 0x80 || first == 0xFF && second >= 0x80
        { bytes = bytes.dropFirst() }
        return Array(bytes)
    }
}
