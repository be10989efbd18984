/// What a text in ISO 8601's extended format, or PostgreSQL's own, says of a day, a time of day and a time zone.
struct CalendarMoment {
    /// Days since 1970-01-01; nil when the text is a time alone.
    private(set) var days: Int64?
    /// Seconds east of UTC; nil without a zone.
    private(set) var offset: Int64?
    /// Where the zone begins, with the space before it.
    private(set) var zoneStart = 0
    /// Whether an era follows the zone.
    private(set) var hasEra = false
    /// Whole seconds since midnight, and the digits behind their point.
    private var time: (seconds: Int64, fraction: Range<Int>) = (0, 0..<0)

    private static let day: Int64 = 86_400

    /// nil when the text is written otherwise, or its time zone has a name.
    init?(_ text: UnsafeRawBufferPointer) {
        var scanner = unsafe CalendarScanner(text)
        scanner.skipSpaces()
        let date = scanner.date()
        let isTime = date == nil || (scanner.skip("T") || scanner.skipSpaces()) && scanner.isDigit
        if isTime {
            guard let found = scanner.time() else { return nil }
            time = found
        }
        zoneStart = scanner.place
        scanner.skipSpaces()
        offset = scanner.zone()
        scanner.skipSpaces()
        if let date {
            let isBefore = scanner.word("BC")
            hasEra = isBefore || scanner.word("AD")
            days = CalendarText.days(isBefore ? 1 - date.year : date.year, date.month, date.day)
            guard days != nil else { return nil }
        }
        scanner.skipSpaces()
        guard scanner.isAtEnd else { return nil }
    }

    /// Whether the text says midnight in UTC, or no time of day.
    func isMidnight(in text: UnsafeRawBufferPointer) -> Bool {
        guard utc.seconds == 0 else { return false }
        return time.fraction.allSatisfy { unsafe text[$0] == UInt8(ascii: "0") }
    }

    /// The day in UTC; nil without one, or when it is beyond what a timestamp holds.
    var utcDate: String? { days.flatMap { CalendarText.date($0 + utc.days) } }

    /// The day and time in UTC; nil without a day, or when it is beyond what a timestamp holds.
    func utcTimestamp(in text: UnsafeRawBufferPointer) -> String? {
        days.flatMap { CalendarText.joined($0 + utc.days, unsafe utcTime(in: text)) }
    }

    /// The time of day in UTC, with the fraction as it is in the text.
    func utcTime(in text: UnsafeRawBufferPointer) -> String {
        let clock = CalendarText.clock(seconds: utc.seconds)
        if time.fraction.isEmpty { return clock }
        let digits = unsafe UnsafeRawBufferPointer(rebasing: text[time.fraction])
        return unsafe "\(clock).\(String(decoding: digits, as: UTF8.self))"
    }

    /// How many days later it is in UTC, and the time of day there.
    private var utc: (days: Int64, seconds: Int64) {
        CalendarText.floorDivide(time.seconds - (offset ?? 0), by: Self.day)
    }
}
