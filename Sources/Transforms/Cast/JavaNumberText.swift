extension JavaNumbers {
    /// Whether the JSON number `text` is what `Double.toString` or `Long.toString` gives for it, so that it can stay.
    ///
    /// True for every integer but `-0`, and for plain decimals of at most 15 digits without trailing zeros from 0.001 up
    /// to 10 million: any double that close to so short a decimal prints as it again. Other texts may still be Java's.
    static func isJavaText(_ text: Span<UInt8>) -> Bool {
        let first = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        guard let point = text.indices.first(where: { !isDigit(text[$0]) && $0 >= first }) else {
            return !(first == 1 && text.count == 2 && text[1] == UInt8(ascii: "0"))
        }
        let fraction = text.count - point - 1
        guard text[point] == UInt8(ascii: "."), point - first <= 7, fraction > 0, point - first + fraction <= 15,
            (point + 1..<text.count).allSatisfy({ isDigit(text[$0]) })
        else { return false }
        if text[first] == UInt8(ascii: "0") { return isFractionJavaText(text, from: point + 1) }
        return fraction == 1 || text[text.count - 1] != UInt8(ascii: "0")
    }

    /// The digits behind `0.`: not below 0.001, and no trailing zero but that of `0.0`.
    private static func isFractionJavaText(_ text: Span<UInt8>, from start: Int) -> Bool {
        let zeros = text.extracting(start...).indices.prefix { text[start + $0] == UInt8(ascii: "0") }.count
        let digits = text.count - start
        if zeros == digits { return digits == 1 }
        return zeros < 3 && text[text.count - 1] != UInt8(ascii: "0")
    }

    /// `Double.toString` (Java 19 and later, which give the shortest text that reads as the same number).
    static func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        let sign = number.sign == .minus ? "-" : ""
        if number.isInfinite { return sign + "Infinity" }
        if number.isZero { return sign + "0.0" }
        let (digits, exponent) = decimalDigits(of: number.magnitude)
        return sign + (exponent >= -3 && exponent < 7 ? plain(digits, exponent) : scientific(digits, exponent))
    }

    /// The shortest digits `d₁d₂…` of a positive number, and its exponent: the number is d₁.d₂… × 10^exponent.
    private static func decimalDigits(of number: Double) -> (digits: [UInt8], exponent: Int) {
        let text = Array(number.description.utf8)
        let mark = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
        let shift = Int(String(decoding: text.dropFirst(mark + 1), as: UTF8.self)) ?? 0
        let mantissa = text[..<mark]
        let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mark
        let all = mantissa.filter { $0 != UInt8(ascii: ".") }
        let leading = all.prefix { $0 == UInt8(ascii: "0") }.count
        let trailing = all.reversed().prefix { $0 == UInt8(ascii: "0") }.count
        return (Array(all.dropFirst(leading).dropLast(trailing)), point - 1 - leading + shift)
    }

    private static func plain(_ digits: [UInt8], _ exponent: Int) -> String {
        let zero = UInt8(ascii: "0")
        let padded = [UInt8](repeating: zero, count: max(0, -exponent)) + digits
        let whole = max(0, exponent) + 1
        let filled = padded + [UInt8](repeating: zero, count: max(0, whole + 1 - padded.count))
        return String(decoding: filled[..<whole] + [UInt8(ascii: ".")] + filled[whole...], as: UTF8.self)
    }

    private static func scientific(_ digits: [UInt8], _ exponent: Int) -> String {
        let fraction = digits.count > 1 ? digits[1...] : [UInt8(ascii: "0")]
        return String(decoding: digits[..<1] + [UInt8(ascii: ".")] + fraction, as: UTF8.self) + "E\(exponent)"
    }
}
