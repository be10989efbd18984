/// Numbers as Java writes and reads them, which Kafka Connect's results rest on.
enum JavaNumbers {
    /// `Long.parseLong`: an optional sign and digits, nothing else; nil when it is no such text or does not fit.
    static func wholeNumber(_ text: Span<UInt8>) -> Int64? {
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        var index = isNegative || (text.count > 0 && text[0] == UInt8(ascii: "+")) ? 1 : 0
        guard index < text.count else { return nil }
        var value: Int64 = 0
        while index < text.count {
            guard isDigit(text[index]) else { return nil }
            let digit = Int64(text[index] - UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.subtractingReportingOverflow(digit)
            if overflow || carried { return nil }
            value = sum
            index += 1
        }
        if isNegative { return value }
        return value == Int64.min ? nil : -value
    }

    /// `BigInteger.longValue`: the low 64 bits of the JSON integer `text`, however long.
    static func lowBits(ofInteger text: Span<UInt8>) -> Int64 {
        var value: Int64 = 0
        for index in text.indices where isDigit(text[index]) {
            value = value &* 10 &+ Int64(text[index] - UInt8(ascii: "0"))
        }
        return text.count > 0 && text[0] == UInt8(ascii: "-") ? 0 &- value : value
    }

    /// `Double.longValue`: toward zero, the ends of the range beyond it, 0 for NaN.
    static func truncated(_ number: Double) -> Int64 {
        if number >= -0x1p63 && number < 0x1p63 { return Int64(number) }
        return number.isNaN ? 0 : number < 0 ? Int64.min : Int64.max
    }

    /// `Boolean.parseBoolean`: only `true`, in any case.
    static func isTrue(_ text: Span<UInt8>) -> Bool {
        text.count == 4 && text.indices.allSatisfy { unsafe text[$0] | 0x20 == ("true" as StaticString).utf8Start[$0] }
    }

    /// The number text `Double.parseDouble` sees in `text`: without surrounding space and a suffix `d` or `f`.
    ///
    /// nil when it is no decimal number; Java's hexadecimal form is not among them.
    static func floatingPoint(_ text: Span<UInt8>) -> String? {
        var start = 0
        var end = text.count
        while start < end, text[start] <= 0x20 { start += 1 }
        while end > start, text[end - 1] <= 0x20 { end -= 1 }
        let trimmed = text.extracting(start..<end)
        if isNotFinite(trimmed) { return String(trimmed) }
        if trimmed.count > 1, "dDfF".utf8.contains(trimmed[trimmed.count - 1]) { end -= 1 }
        let number = text.extracting(start..<end)
        return isDecimal(number) ? String(number) : nil
    }

    private static func isNotFinite(_ text: Span<UInt8>) -> Bool {
        let start = text.count > 0 && (text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+")) ? 1 : 0
        let word = text.extracting(start...)
        return equal(word, "NaN") || equal(word, "Infinity")
    }

    private static func equal(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        return text.indices.allSatisfy { unsafe text[$0] == word.utf8Start[$0] }
    }

    private static func isDecimal(_ text: Span<UInt8>) -> Bool {
        var index = 0
        func skip(_ bytes: StaticString) {
            if index < text.count, "\(bytes)".utf8.contains(text[index]) { index += 1 }
        }
        func digits() -> Int {
            let start = index
            while index < text.count, isDigit(text[index]) { index += 1 }
            return index - start
        }
        skip("+-")
        let whole = digits()
        skip(".")
        guard whole + digits() > 0 else { return false }
        if index == text.count { return true }
        let mark = index
        skip("eE")
        guard index > mark else { return false }
        skip("+-")
        return digits() > 0 && index == text.count
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

extension String {
    /// Copies bytes that are ASCII.
    fileprivate init(_ text: Span<UInt8>) {
        self.init()
        for index in text.indices { unicodeScalars.append(Unicode.Scalar(text[index])) }
    }
}
