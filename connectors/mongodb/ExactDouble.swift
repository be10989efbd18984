import ConnectorKit

extension Value {
    /// The double whose shortest text is the same number; nil when that of the nearest is another, or for whole numbers other
    /// than -0.
    var exactDouble: Double? {
        if kind == .double { return double }
        guard !isInteger || isMinusZero, let number = double, number.isFinite else { return nil }
        return hasFewDigits && (number.isNormal || number == 0) || isShortest(number) ? number : nil
    }

    /// Whether this is the text of a whole number that is zero and has a sign, which no int64 keeps.
    var isMinusZero: Bool {
        guard kind == .number, isInteger else { return false }
        return unsafe rawText.withUnsafeBytes { unsafe $0.elementsEqual("-0".utf8) }
    }

    /// Whether there are up to 15 significant digits and the number is not zero because it is too small: a normal double gives
    /// those back.
    private var hasFewDigits: Bool {
        var (count, isZero) = (0, true)
        unsafe rawText.withUnsafeBytes { text in
            for index in 0..<text.count {
                let byte = unsafe text[index]
                if byte | 0x20 == UInt8(ascii: "e") { break }
                guard byte &- 48 < 10, !isZero || byte != 48 else { continue }
                (count, isZero) = (count + 1, false)
            }
        }
        return count <= 15 && isZero == (double == 0)
    }

    private func isShortest(_ number: Double) -> Bool {
        guard let text = decimalText, let exact = DecimalNumber(text), let shortest = DecimalNumber("\(number)") else {
            return false
        }
        return exact.isEqual(to: shortest)
    }
}
