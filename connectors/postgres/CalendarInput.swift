/// How texts stand in columns of dates and times.
///
/// PostgreSQL drops what a type does not hold: of a text for `timestamp` its time zone, of one for `date` its time of day. And it
/// takes some words for the time at which it reads them. So texts are looked at here first.
enum CalendarInput {
    enum Outcome: Equatable {
        /// As it stands.
        case same
        /// The first bytes of it alone, for what follows says UTC, which the column takes for granted.
        case first(Int)
        /// Another text for the same time.
        case text(String)
        case refused(Refusal)
    }

    /// Why a text is refused.
    enum Refusal: Equatable {
        case relative
        case zone
        case dayTime
        case date
        case fraction

        var reason: String {
            switch self {
            case .relative:
                "is, or has, one of the words now, today, tomorrow, yesterday and allballs, which PostgreSQL takes for the time at "
                    + "which it reads them; write the date and time themselves"
            case .zone:
                "is not written as 2026-01-31T12:00:00+01:00 and may have a time zone, which PostgreSQL would drop; write it so"
            case .dayTime:
                "has a time of day, which a date cannot hold; cut it off with a transform, or use a timestamp"
            case .date:
                "has a date or a time zone that a time cannot hold; cut it off with a transform, or use a timestamp"
            case .fraction:
                "has more than six digits of a second, which PostgreSQL would round; cut them off with a transform"
            }
        }
    }

    /// What to write for a text in a column, or a part of one, that holds dates or times.
    static func outcome(of text: UnsafeRawBufferPointer, for form: ValueForm) -> Outcome {
        if text.count >= shortestFine, unsafe isFine(text) { return .refused(.fraction) }
        if unsafe isCertain(text, form) { return .same }
        let words = unsafe CalendarWords(text)
        if words.hasRelative { return .refused(.relative) }
        switch form {
        case .timestamp: return unsafe timestamp(text, words)
        case .date: return unsafe date(text, words)
        case .time: return unsafe time(text, words)
        default: return .same
        }
    }

    /// A time of day with seven digits of a second is as long.
    private static let shortestFine = 14

    /// Whether there are more digits of a second than a time of PostgreSQL has, other than 0.
    private static func isFine(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let dot = unsafe text.lastIndex(of: UInt8(ascii: ".")) else { return false }
        var digits = 0
        for index in dot + 1..<text.count {
            let byte = unsafe text[index]
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
            digits += 1
            if digits > 6, byte != UInt8(ascii: "0") { return true }
        }
        return false
    }

    /// Whether a text has nothing but what the type holds, as most have: digits and the characters between them.
    private static func isCertain(_ text: UnsafeRawBufferPointer, _ form: ValueForm) -> Bool {
        let dateEnd = form == .time || form == .timeWithZone ? 0 : 10
        let end = form == .date ? 10 : 32
        guard text.count <= end else { return false }
        for index in 0..<text.count {
            switch unsafe text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            case UInt8(ascii: "-") where index < dateEnd: continue
            case UInt8(ascii: ":"), UInt8(ascii: "."): if index > dateEnd || dateEnd == 0 { continue }
            case UInt8(ascii: "T"), UInt8(ascii: " "): if index == dateEnd && dateEnd > 0 { continue }
            case UInt8(ascii: "Z"): if form == .timestampWithZone && index == text.count - 1 { continue }
            default: return false
            }
            return false
        }
        return true
    }

    private static func timestamp(_ text: UnsafeRawBufferPointer, _ words: CalendarWords) -> Outcome {
        guard let moment = unsafe CalendarMoment(text), moment.days != nil else {
            return words.mayHaveZone ? .refused(.zone) : .same
        }
        guard let offset = moment.offset else { return .same }
        if offset == 0 && !moment.hasEra { return .first(moment.zoneStart) }
        return unsafe moment.utcTimestamp(in: text).map { .text($0) } ?? .refused(.zone)
    }

    private static func date(_ text: UnsafeRawBufferPointer, _ words: CalendarWords) -> Outcome {
        guard let moment = unsafe CalendarMoment(text), moment.days != nil else {
            return words.mayHaveZone || words.hasClock ? .refused(.dayTime) : .same
        }
        guard unsafe moment.isMidnight(in: text) else { return .refused(.dayTime) }
        guard moment.offset != nil else { return .same }
        return moment.utcDate.map { .text($0) } ?? .refused(.zone)
    }

    private static func time(_ text: UnsafeRawBufferPointer, _ words: CalendarWords) -> Outcome {
        guard let moment = unsafe CalendarMoment(text) else { return words.mayHaveZone ? .refused(.date) : .same }
        if moment.days != nil { return .refused(.date) }
        guard let offset = moment.offset else { return .same }
        return offset == 0 ? .first(moment.zoneStart) : .text(unsafe moment.utcTime(in: text))
    }
}

/// The words of a text for a date or time, letters of any case.
struct CalendarWords {
    /// Whether one of them stands for the time at which it is read.
    private(set) var hasRelative = false
    /// Whether something may be a time zone: a word that is none of a date's, or a sign behind the time of day.
    private(set) var mayHaveZone = false
    /// Whether there is a time of day.
    private(set) var hasClock = false

    private static let relative = ["now", "today", "tomorrow", "yesterday", "allballs"].map { Array($0.utf8) }
    private static let known = [
        "t", "am", "pm", "ad", "bc", "infinity", "epoch", "jan", "january", "feb", "february", "mar", "march", "apr",
        "april",
        "may", "jun", "june", "jul", "july", "aug", "august", "sep", "sept", "september", "oct", "october", "nov",
        "november",
        "dec", "december", "sun", "sunday", "mon", "monday", "tue", "tues", "tuesday", "wed", "weds", "wednesday",
        "thu", "thur",
        "thurs", "thursday", "fri", "friday", "sat", "saturday", "j", "jd", "julian", "on", "of", "at",
    ].map { Array($0.utf8) }

    init(_ text: UnsafeRawBufferPointer) {
        var word: [UInt8] = []
        for index in 0...text.count {
            let byte = unsafe index < text.count ? text[index] : 0
            let letter = byte | 0x20
            if letter >= 97 && letter <= 122 && byte < 128 {
                word.append(letter)
                continue
            }
            if !word.isEmpty { take(word) }
            word.removeAll(keepingCapacity: true)
            if byte == UInt8(ascii: ":") { hasClock = true }
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") && hasClock { mayHaveZone = true }
        }
    }

    private mutating func take(_ word: [UInt8]) {
        if Self.relative.contains(word) { hasRelative = true }
        if word == [UInt8(ascii: "t")] { hasClock = true }
        if !Self.known.contains(word) { mayHaveZone = true }
    }
}
