/// Dates as ISO 8601 and RFC 3339 write them.
enum ISODate {
    /// Milliseconds since 1970; a date without a zone is UTC. nil when the text is no date.
    ///
    /// - Parameter isExact: Whether a text with other digits than 0 behind the milliseconds, or a leap second, is none.
    static func milliseconds(_ text: UnsafeBufferPointer<UInt8>, isExact: Bool = false) -> Int64? {
        var scanner = unsafe DigitScanner(text, isExact: isExact)
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), (1...12).contains(month), (1...days(in: month, of: year)).contains(day)
        else { return nil }
        let midnight = daysSince1970(year, month, day) * 86_400_000
        if scanner.isAtEnd { return midnight }
        if scanner.skip("Z") || scanner.skip("z") { return scanner.isAtEnd ? midnight : nil }
        guard scanner.skip("T") || scanner.skip(" ") || scanner.skip("t"), let time = time(&scanner),
            let zone = zone(&scanner), scanner.isAtEnd
        else { return nil }
        return midnight + time - zone
    }

    private static func time(_ scanner: inout DigitScanner) -> Int64? {
        guard let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), hour < 24, minute < 60
        else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        if scanner.skip(":") {
            guard let second = scanner.number(2), second <= (scanner.isExact ? 59 : 60) else { return nil }
            milliseconds += min(second, 59) * 1000
            if scanner.skip(".") {
                guard let fraction = scanner.fraction() else { return nil }
                milliseconds += fraction
            }
        }
        return milliseconds
    }

    private static func zone(_ scanner: inout DigitScanner) -> Int64? {
        if scanner.isAtEnd || scanner.skip("Z") || scanner.skip("z") { return 0 }
        let sign: Int64 = scanner.skip("-") ? -1 : 1
        guard sign < 0 || scanner.skip("+"), let hour = scanner.number(2), hour < 24 else { return nil }
        if scanner.isAtEnd { return sign * hour * 3_600_000 }
        _ = scanner.skip(":")
        guard let minute = scanner.number(2), minute < 60 else { return nil }
        return sign * (hour * 60 + minute) * 60_000
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        if month == 2 { return isLeap ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// After Howard Hinnant's `days_from_civil`.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads digits of a known number.
private struct DigitScanner {
    private let text: [UInt8]
    let isExact: Bool
    private var place = 0

    init(_ text: UnsafeBufferPointer<UInt8>, isExact: Bool) {
        unsafe self.text = text.count <= 40 ? Array(text) : [0]
        self.isExact = isExact
    }

    var isAtEnd: Bool { place == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard place < text.count, UInt32(text[place]) == character.value else { return false }
        place += 1
        return true
    }

    mutating func number(_ digits: Int) -> Int64? {
        guard place + digits <= text.count else { return nil }
        var number: Int64 = 0
        for byte in text[place..<place + digits] {
            guard (48...57).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - 48)
        }
        place += digits
        return number
    }

    /// The first three digits of a fraction; those after them are passed over, unless all must count.
    mutating func fraction() -> Int64? {
        var milliseconds: Int64 = 0
        var digits = 0
        while place < text.count, (48...57).contains(text[place]) {
            if digits < 3 { milliseconds = milliseconds * 10 + Int64(text[place] - 48) }
            if digits >= 3, isExact, text[place] != 48 { return nil }
            digits += 1
            place += 1
        }
        if digits == 0 { return nil }
        for _ in min(digits, 3)..<3 { milliseconds *= 10 }
        return milliseconds
    }
}
