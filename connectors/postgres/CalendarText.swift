/// Dates and times as PostgreSQL reads them, from the whole numbers that Kafka Connect's logical types hold.
enum CalendarText {
    private static let day: Int64 = 86_400_000

    /// `2026-01-02 03:04:05.678+00` from milliseconds since 1970-01-01 UTC; nil beyond what a timestamp holds.
    static func timestamp(_ milliseconds: Int64) -> String? {
        let (days, rest) = floorDivide(milliseconds, by: day)
        guard let date = parts(days) else { return nil }
        return "\(date.text) \(clock(rest))+00\(date.era)"
    }

    /// `2026-01-02` from days since 1970-01-01; nil beyond what a timestamp holds.
    static func date(_ days: Int64) -> String? { parts(days).map { $0.text + $0.era } }

    /// `03:04:05.678` from milliseconds since midnight; nil for more than a day or less than none.
    static func time(_ milliseconds: Int64) -> String? {
        (0...day).contains(milliseconds) ? clock(milliseconds) : nil
    }

    private static func clock(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        let fraction = padded(milliseconds % 1000, 3)
        return "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(fraction)"
    }

    /// The proleptic Gregorian calendar, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
    private static func parts(_ days: Int64) -> (text: String, era: String)? {
        // 4713 BC to 294276 AD, as PostgreSQL's timestamps.
        guard (-2_440_588...106_751_991).contains(days) else { return nil }
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(padded(month, 2))-\(padded(dayOfYear - (153 * shifted + 2) / 5 + 1, 2))"
        return year > 0 ? ("\(padded(year, 4))-\(date)", "") : ("\(padded(1 - year, 4))-\(date)", " BC")
    }

    private static func floorDivide(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let rest = number % divisor
        return rest < 0 ? (number / divisor - 1, rest + divisor) : (number / divisor, rest)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
