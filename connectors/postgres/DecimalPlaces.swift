/// How many places behind the decimal point a column keeps, and a text has: PostgreSQL would round what is more.
enum DecimalPlaces {
    /// What a column of a form and a type modifier keeps; nil for everything that the type can have.
    ///
    /// The modifier is as `numerictypmodin` and `anytime_typmodin` of PostgreSQL pack it.
    static func of(_ form: ValueForm, modifier: Int) -> Int? {
        if modifier < 0 { return nil }
        switch form {
        case .decimal: return ((modifier - 4) & 0x7FF ^ 1024) - 1024
        case .timestamp, .timestampWithZone, .time, .timeWithZone: return modifier < 6 ? modifier : nil
        default: return nil
        }
    }

    /// Whether a number, a date or a time has a digit other than 0 behind so many places.
    static func exceed(_ places: Int, in text: UnsafeRawBufferPointer, isNumber: Bool) -> Bool {
        let point = unsafe text.lastIndex(of: UInt8(ascii: ".")) ?? text.count
        // A point before the time of day parts a date.
        if !isNumber, unsafe !text[..<point].contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "T") }) {
            return false
        }
        let exponent = isNumber ? unsafe exponent(of: text) : (value: 0, start: text.count)
        var last: Int?
        var place = isNumber ? 0 : point + 1
        while place < exponent.start {
            let byte = unsafe text[place]
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if !isNumber && !isDigit { break }
            if isDigit && byte != UInt8(ascii: "0") { last = place }
            place += 1
        }
        guard let last else { return false }
        let end = min(point, exponent.start)
        return (last > end ? last - end : last - end + 1) - exponent.value > places
    }

    private static func exponent(of text: UnsafeRawBufferPointer) -> (value: Int, start: Int) {
        guard let start = unsafe text.lastIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else {
            return (0, text.count)
        }
        let digits = unsafe String(decoding: text[(start + 1)...], as: UTF8.self)
        // What is beyond all numbers is PostgreSQL's to refuse.
        return (
            Int(digits.hasPrefix("+") ? String(digits.dropFirst()) : digits).map { max(-100_000, min($0, 100_000)) }
                ?? 0, start
        )
    }
}
