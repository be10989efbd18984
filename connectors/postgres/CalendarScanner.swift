/// Reads the parts of dates and times.
@safe
struct CalendarScanner {
    private let text: UnsafeRawBufferPointer
    private(set) var place = 0

    init(_ text: UnsafeRawBufferPointer) { unsafe self.text = text }

    var isAtEnd: Bool { unsafe place == text.count }
    var isDigit: Bool { byte.map { $0 &- 48 < 10 } ?? false }

    private var byte: UInt8? { unsafe place < text.count ? text[place] : nil }

    @discardableResult
    mutating func skipSpaces() -> Bool {
        let start = place
        while let byte, byte == 32 || 9...13 ~= byte { place += 1 }
        return place > start
    }

    /// Skips a character, a letter in either case.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let byte, UInt8(ascii: character) == byte || UInt8(ascii: character) | 0x20 == byte && byte >= 97 else {
            return false
        }
        place += 1
        return true
    }

    /// Skips a word in any case.
    mutating func word(_ word: StaticString) -> Bool {
        let start = place
        for index in 0..<word.utf8CodeUnitCount where !skip(Unicode.Scalar(unsafe word.utf8Start[index])) {
            place = start
            return false
        }
        if let byte, byte | 0x20 >= 97, byte | 0x20 <= 122 {
            place = start
            return false
        }
        return true
    }

    /// A number of so many digits.
    mutating func number(_ widths: ClosedRange<Int>) -> Int64? {
        let start = place
        var number: Int64 = 0
        while let byte, byte &- 48 < 10, place - start < widths.upperBound {
            number = number * 10 + Int64(byte - 48)
            place += 1
        }
        guard place - start >= widths.lowerBound, !isDigit else {
            place = start
            return nil
        }
        return number
    }

    /// A day; nothing is skipped when there is none.
    mutating func date() -> (year: Int64, month: Int64, day: Int64)? {
        let start = place
        guard let year = number(4...7), year > 0, skip("-"), let month = number(1...2), skip("-"),
            let day = number(1...2)
        else {
            place = start
            return nil
        }
        return (year, month, day)
    }

    mutating func time() -> (seconds: Int64, fraction: Range<Int>)? {
        guard let hour = number(1...2), skip(":"), let minute = number(2...2), hour <= 24, minute < 60 else {
            return nil
        }
        guard skip(":") else { return (hour * 3600 + minute * 60, 0..<0) }
        guard let second = number(2...2), second <= 60 else { return nil }
        var fraction = 0..<0
        if skip(".") {
            let start = place
            while isDigit { place += 1 }
            fraction = start..<place
        }
        return (hour * 3600 + minute * 60 + second, fraction)
    }

    /// Seconds east of UTC; nil when no zone comes next, or one that has a name.
    mutating func zone() -> Int64? {
        if word("Z") || word("UTC") || word("GMT") || word("UT") || word("ZULU") { return 0 }
        let start = place
        let sign: Int64 = skip("-") ? -1 : 1
        guard sign < 0 || skip("+"), let parts = zoneParts(), parts.0 < 16, parts.1 < 60, parts.2 < 60 else {
            place = start
            return nil
        }
        return sign * (parts.0 * 3600 + parts.1 * 60 + parts.2)
    }

    private mutating func zoneParts() -> (Int64, Int64, Int64)? {
        if let joined = number(4...4) { return (joined / 100, joined % 100, 0) }
        guard let hour = number(1...2) else { return nil }
        guard skip(":") else { return (hour, 0, 0) }
        guard let minute = number(2...2) else { return nil }
        guard skip(":") else { return (hour, minute, 0) }
        return number(2...2).map { (hour, minute, $0) }
    }
}
