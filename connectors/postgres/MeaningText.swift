import ConnectorKit

/// What a column gets for a value whose schema says what it stands for.
enum MeaningText {
    /// As the value stands.
    case same
    case text(String)
    /// The text is JSON.
    case json
    case list([String])
    case bytes(RawBytes)
    /// The column's type cannot hold it.
    case refused

    /// How a scalar is written in a column, or an element of an array column.
    ///
    /// A value of another kind than its schema says is what a transform has made of it, and stands as it is.
    static func of(_ value: borrowing Value, _ schema: Schema, in slot: Slot) -> MeaningText {
        if slot.form == .json { return json(value, schema) }
        switch schema.meaning {
        case .plain, .dateText, .timeText, .timestampText, .decimal, .xml, .uuid, .enumeration, .vector, .databaseText,
            .jsonNull, .json:
            return .same
        case .date: return value.int.map { date($0, slot) } ?? .same
        case .time(let perSecond): return value.int.map { time($0, perSecond, slot) } ?? .same
        case .timestamp(let perSecond): return value.int.map { timestamp($0, perSecond, slot) } ?? .same
        case .year: return value.int.map { year($0, slot) } ?? .same
        case .interval: return slot.form.holds([.interval, .text]) || value.kind != .string ? .same : .refused
        case .duration(let perSecond): return value.int.map { duration($0, perSecond, slot) } ?? .same
        case .variableScaleDecimal: return decimal(value)
        case .enumerationSet:
            return slot.isArray ? .list((value.string ?? "").split(separator: ",").map(String.init)) : .same
        case .bits(let count): return bits(value, count, slot)
        case .point, .geometry: return GeometryText.of(value, schema, in: slot)
        case .sparseVector: return sparse(value)
        case .unknown: return .refused
        }
    }

    /// Within JSON a value stands as it does in the record, but for what says more than its text.
    private static func json(_ value: borrowing Value, _ schema: Schema) -> MeaningText {
        switch schema.meaning {
        case .json: value.kind == .string ? .json : .same
        case .variableScaleDecimal: decimal(value)
        case .unknown: .refused
        default: .same
        }
    }

    private static func date(_ days: Int64, _ slot: Slot) -> MeaningText {
        if slot.form.isNumber { return .same }
        guard slot.form.holds([.date, .timestamp, .timestampWithZone, .text]) else { return .refused }
        if slot.form == .timestampWithZone || slot.form == .timestamp {
            return CalendarText.joined(days, "00:00:00+00").map { .text($0) } ?? .refused
        }
        return CalendarText.date(days).map { .text($0) } ?? .refused
    }

    private static func time(_ ticks: Int64, _ perSecond: Int64, _ slot: Slot) -> MeaningText {
        if slot.form.isNumber { return .same }
        guard slot.form.holds([.time, .timeWithZone, .text]), let (ticks, perSecond) = micros(ticks, perSecond),
            let text = CalendarText.time(ticks, perSecond: perSecond)
        else { return .refused }
        return .text(slot.form == .timeWithZone ? text + "+00" : text)
    }

    private static func timestamp(_ ticks: Int64, _ perSecond: Int64, _ slot: Slot) -> MeaningText {
        if slot.form.isNumber { return .same }
        guard slot.form.holds([.timestamp, .timestampWithZone, .date, .text]) else { return .refused }
        if let end = infinity(ticks, perSecond) { return .text(end) }
        guard let (ticks, perSecond) = micros(ticks, perSecond) else { return .refused }
        if slot.form == .date {
            let (days, rest) = CalendarText.floorDivide(ticks, by: 86_400 * perSecond)
            return rest == 0 ? date(days, slot) : .refused
        }
        guard let text = CalendarText.timestamp(ticks, perSecond: perSecond) else { return .refused }
        guard slot.form == .text else { return .text(text) }
        return .text(text.hasSuffix("+00") ? "\(text.dropLast(3).replacing(" ", with: "T"))Z" : text)
    }

    /// PostgreSQL's infinities as its JDBC driver, and so Debezium, hands them on: microseconds, or milliseconds of those.
    private static func infinity(_ ticks: Int64, _ perSecond: Int64) -> String? {
        let scale: Int64 = perSecond == 1000 ? 1000 : 1
        guard perSecond <= 1_000_000 else { return nil }
        if ticks == 9_223_372_036_825_200_000 / scale { return "infinity" }
        return ticks == -9_223_372_036_832_400_000 / scale ? "-infinity" : nil
    }

    /// The same in microseconds or longer ticks, which is what PostgreSQL holds; nil when that is not the same.
    private static func micros(_ ticks: Int64, _ perSecond: Int64) -> (Int64, Int64)? {
        guard perSecond > 1_000_000 else { return (ticks, perSecond) }
        let (micros, rest) = ticks.quotientAndRemainder(dividingBy: perSecond / 1_000_000)
        return rest == 0 ? (micros, 1_000_000) : nil
    }

    private static func year(_ year: Int64, _ slot: Slot) -> MeaningText {
        if slot.form.isNumber || slot.form == .text { return .same }
        guard slot.form == .date, let days = CalendarText.days(year, 1, 1) else { return .refused }
        return date(days, slot)
    }

    private static func duration(_ ticks: Int64, _ perSecond: Int64, _ slot: Slot) -> MeaningText {
        if slot.form.isNumber { return .same }
        guard slot.form.holds([.interval, .text]), let (ticks, perSecond) = micros(ticks, perSecond) else {
            return .refused
        }
        let seconds = ticks.magnitude / UInt64(perSecond)
        let rest = String(ticks.magnitude % UInt64(perSecond))
        let fraction = String(repeating: "0", count: String(perSecond).count - 1 - rest.count) + rest
        let sign = ticks < 0 ? "-" : ""
        // Whole numbers, since PostgreSQL reads a fraction as a double.
        if slot.form == .interval {
            return .text("\(sign)\(seconds) secs \(sign)\(rest) \(perSecond == 1000 ? "ms" : "us")")
        }
        return .text("PT\(sign)\(seconds).\(fraction)S")
    }

    private static func decimal(_ value: borrowing Value) -> MeaningText {
        guard value.kind == .object else { return .same }
        let bytes = unsafe value["value"].withBytes { unsafe Array($0) }
        guard let bytes, let scale = value["scale"].int.flatMap({ Int(exactly: $0) }),
            let text = UnscaledDecimal.text(bytes, scale: scale)
        else { return .refused }
        return .text(text)
    }

    private static func bits(_ value: borrowing Value, _ count: Int, _ slot: Slot) -> MeaningText {
        guard let bytes = unsafe value.withBytes({ unsafe Array($0) }) else { return .same }
        guard slot.form.holds([.bits, .text, .number, .decimal]) else { return slot.form == .bytes ? .same : .refused }
        // A bit string of no certain length has as many as its bytes.
        let length = count <= bytes.count * 8 && count > (bytes.count - 1) * 8 ? count : bytes.count * 8
        let text = String((0..<length).reversed().map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 ? "1" : "0" })
        guard slot.form.isNumber else { return .text(text) }
        return UInt64(text, radix: 2).map { .text(String($0)) } ?? .refused
    }

    private static func sparse(_ value: borrowing Value) -> MeaningText {
        guard value.kind == .object, let dimensions = value["dimensions"].int else { return .same }
        var parts: [String] = []
        value["vector"].forEach { pair in parts.append("\(pair[0].jsonText):\(pair[1].jsonText)") }
        value["vector"].forEachMember { name, number in parts.append("\(name.string ?? ""):\(number.jsonText)") }
        return .text("{\(parts.joined(separator: ","))}/\(dimensions)")
    }
}

/// Points and geometries.
enum GeometryText {
    static func of(_ value: borrowing Value, _ schema: Schema, in slot: Slot) -> MeaningText {
        guard value.kind == .object else { return .same }
        let bytes = unsafe value["wkb"].withBytes { unsafe Array($0) }
        switch slot.form {
        case .point:
            if schema.meaning == .point { return .text("(\(value["x"].jsonText),\(value["y"].jsonText))") }
            return bytes.flatMap(point).map { .text("(\($0.x),\($0.y))") } ?? .refused
        case .bytes: return bytes.map { .bytes(RawBytes($0)) } ?? .refused
        case .geometry: return bytes.flatMap { extended($0, value["srid"].int) }.map { .text($0) } ?? .refused
        default: return .refused
        }
    }

    /// The point of a well-known binary; nil for another geometry.
    private static func point(_ bytes: [UInt8]) -> (x: Double, y: Double)? {
        guard bytes.count == 21, let order = bytes.first, order < 2 else { return nil }
        let number = { (range: Range<Int>) -> UInt64 in
            let part = order == 0 ? Array(bytes[range]) : bytes[range].reversed()
            return part.reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard number(1..<5) == 1 else { return nil }
        return (Double(bitPattern: number(5..<13)), Double(bitPattern: number(13..<21)))
    }

    /// PostGIS's hexadecimal form, with the reference system in it.
    private static func extended(_ bytes: [UInt8], _ system: Int64?) -> String? {
        guard bytes.count > 5, let order = bytes.first, order < 2 else { return nil }
        var bytes = bytes
        if let system, system > 0, let system = UInt32(exactly: system) {
            let high = order == 0 ? 1 : 4
            if bytes[high] & 0x20 == 0 {
                bytes[high] |= 0x20
                let number = (0..<4).map { UInt8(truncatingIfNeeded: system >> UInt32(8 * $0)) }
                bytes.insert(contentsOf: order == 0 ? number.reversed() : number, at: 5)
            }
        }
        return String(decoding: bytes.flatMap { [HexDigit.of($0 >> 4), HexDigit.of($0 & 15)] }, as: UTF8.self)
    }
}
