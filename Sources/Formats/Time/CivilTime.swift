/// A second of the Gregorian calendar in UTC.
public struct CivilTime: Sendable, Hashable {
    /// The year.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59; leap seconds do not exist here.
    public let second: Int

    /// The second that holds a moment, in milliseconds since 1970.
    public init(milliseconds: Int64) { self.init(seconds: milliseconds.floored(1000)) }

    /// A moment in seconds since 1970 (days to date after Howard Hinnant's `civil_from_days`).
    public init(seconds: Int64) {
        let days = seconds.floored(86_400)
        let rest = Int(seconds - days * 86_400)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        let shifted = days + 719_468
        let era = shifted.floored(146_097)
        let dayOfEra = Int(shifted - era * 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity; `divisor` is positive.
    fileprivate func floored(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
