import CMongo

/// The number that a JSON number's text stands for, exactly: its digits, of which none of those in front is 0, times a power of
/// ten.
struct DecimalNumber {
    private let isNegative: Bool
    /// From 0 to 9.
    private var digits: ArraySlice<UInt8>
    private var exponent: Int

    /// The most digits of a decimal128, and the powers of ten that its digits are times (IEEE 754-2008).
    private static let mostDigits = 34
    private static let exponents = -6176...6111

    /// nil when the exponent is beyond what anything holds.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        let mantissa = rest.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let power = rest.dropFirst(mantissa.count + 1)
        let places = mantissa.firstIndex(of: UInt8(ascii: ".")).map { mantissa.endIndex - $0 - 1 } ?? 0
        digits = mantissa.filter { $0 != UInt8(ascii: ".") }.map { $0 - UInt8(ascii: "0") }.drop { $0 == 0 }
        guard let exponent = power.isEmpty ? 0 : Int(String(decoding: power, as: UTF8.self)),
            exponent.magnitude < 1 << 40
        else {
            // Zero has no power.
            guard digits.isEmpty else { return nil }
            self.exponent = 0
            return
        }
        self.exponent = exponent - places
    }

    /// Whether both are the same number; of zeros the sign counts too.
    func isEqual(to other: DecimalNumber) -> Bool {
        let (one, two) = (withoutZeros(over: 0), other.withoutZeros(over: 0))
        guard one.isNegative == two.isNegative, one.digits == two.digits else { return false }
        return one.exponent == two.exponent || one.digits.isEmpty
    }

    /// The number as a decimal128 has it, its last zeros kept while there is room for them; nil when none is that number.
    var decimal128: String? {
        var number = withoutZeros(over: Self.mostDigits)
        if number.digits.isEmpty {
            number.exponent = min(max(exponent, Self.exponents.lowerBound), Self.exponents.upperBound)
        }
        number.dropZeros(below: Self.exponents.lowerBound)
        guard number.digits.count <= Self.mostDigits, number.exponent >= Self.exponents.lowerBound,
            number.exponent + number.digits.count <= Self.exponents.upperBound + Self.mostDigits
        else { return nil }
        let digits = number.digits.isEmpty ? "0" : number.digits.map { "\($0)" }.joined()
        return "\(isNegative ? "-" : "")\(digits)E\(number.exponent)"
    }

    /// The same number without the zeros at its end that stand behind `count` digits.
    private func withoutZeros(over count: Int) -> DecimalNumber {
        var number = self
        while number.digits.count > count, number.digits.last == 0 { number.dropZero() }
        return number
    }

    private mutating func dropZeros(below exponent: Int) {
        while self.exponent < exponent, digits.last == 0 { dropZero() }
    }

    private mutating func dropZero() {
        digits.removeLast()
        exponent += 1
    }
}

extension DecimalNumber {
    /// The text of a decimal128: a number, or `NaN`, `Infinity`, `-Infinity`.
    static func text(low: UInt64, high: UInt64) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe sluice_mongo_decimal_text(low, high, buffer.baseAddress)
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
