/// Dates and times as PostgreSQL reads them, from the whole numbers that logical types hold.
enum CalendarText {
    private static let day: Int64 = 86_400

    /// `2026-01-02 03:04:05.678+00` from ticks since 1970-01-01 UTC; nil beyond what a timestamp holds.
    ///
    /// - Parameter perSecond: Ticks of a second, a power of ten.
    static func timestamp(_ ticks: Int64, perSecond: Int64 = 1000) -> String? {
        let (seconds, rest) = floorDivide(ticks, by: perSecond)
        let (days, second) = floorDivide(seconds, by: day)
        return joined(days, "\(clock(seconds: second))\(fraction(rest, perSecond))+00")
    }

    /// `2026-01-02` from days since 1970-01-01; nil beyond what a timestamp holds.
    static func date(_ days: Int64) -> String? { parts(days).map { $0.text + $0.era } }

    /// `03:04:05.678` from ticks since midnight; nil for more than a day or less than none.
    static func time(_ ticks: Int64, perSecond: Int64 = 1000) -> String? {
        guard (0...day * perSecond).contains(ticks) else { return nil }
        return clock(seconds: ticks / perSecond) + fraction(ticks % perSecond, perSecond)
    }

    /// `03:04:05`.
    static func clock(seconds: Int64) -> String {
        "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    }

    /// A day and what stands behind it, before the era.
    static func joined(_ days: Int64, _ clock: String) -> String? {
        parts(days).map { "\($0.text) \(clock)\($0.era)" }
    }

    private static func fraction(_ ticks: Int64, _ perSecond: Int64) -> String {
        perSecond == 1 ? "" : "." + padded(ticks, String(perSecond).count - 1)
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

    /// Days since 1970-01-01 of a day of that calendar, in which 1 BC is the year 0; nil when there is none such.
    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        // The years of PostgreSQL's dates.
        guard (-4713...5_874_897).contains(year), (1...12).contains(month), day >= 1, day <= length(of: month, year)
        else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shifted, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func length(of month: Int64, _ year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Rounds towards negative infinity.
    static func floorDivide(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let rest = number % divisor
        return rest < 0 ? (number / divisor - 1, rest + divisor) : (number / divisor, rest)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
