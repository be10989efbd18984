import ConnectorKit
import Formats

extension DocumentJSON {
    /// Writes what is neither a text, a truth value nor a container as plain JSON.
    mutating func writePlain(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.code, BSONType.symbol: quote(element.stringBytes)
        case BSONType.int32, BSONType.int64: write(String(element.int ?? 0))
        case BSONType.double: writePlainDouble(element.double)
        case BSONType.date: writePlainDate(element.payload.int64 ?? 0)
        case BSONType.objectID: quote(hex: element.payload)
        case BSONType.decimal128: writePlainDecimal(element.decimalText)
        case BSONType.binary: writePlainBinary(element)
        case BSONType.undefined: write("null")
        case BSONType.minKey: write("\"MinKey\"")
        case BSONType.maxKey: write("\"MaxKey\"")
        default: writePlainCompound(element)
        }
    }

    private mutating func writePlainCompound(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.timestamp:
            member("t") { $0.write(String(element.timestamp.seconds)) }
            lastMember("i") { $0.write(String(element.timestamp.count)) }
        case BSONType.regex:
            member("pattern") { $0.quote(element.regex.pattern) }
            lastMember("options") { $0.quote(element.regex.options) }
        case BSONType.scopedCode:
            member("code") { $0.quote(element.scopedCode.code) }
            lastMember("scope") { $0.write(element.scopedCode.scope) }
        default:
            member("ref") { $0.quote(element.pointer.collection) }
            lastMember("id") { $0.quote(hex: element.pointer.id) }
        }
    }

    /// JSON has neither NaN nor the infinities.
    private mutating func writePlainDouble(_ number: Double) {
        if number.isFinite { write("\(number)") } else { write("\"\(NotFinite(of: number).text)\"") }
    }

    private mutating func writePlainDecimal(_ number: String) {
        write(JSONNumber(number) == nil ? "\"\(number)\"" : number)
    }

    /// Years of four digits as ISO 8601, others as milliseconds since 1970.
    private mutating func writePlainDate(_ milliseconds: Int64) {
        let time = CivilTime(milliseconds: milliseconds)
        guard (0...9999).contains(time.year) else { return write(String(milliseconds)) }
        write("\"\(time.date)T\(time.clock).\(Self.digits(Self.fraction(milliseconds), 3))Z\"")
    }

    /// A UUID as its usual text, other bytes in base64.
    mutating func writePlainBinary(_ element: BSONDocument.Element) {
        guard element.subtype == 4, element.binary.count == 16 else { return quote(base64: element.binary) }
        var digits = Self.hex(element.binary)
        for place in [20, 16, 12, 8] { digits.insert(UInt8(ascii: "-"), at: place) }
        quote(digits)
    }
}

extension CivilTime {
    /// As ISO 8601; years of other than four digits have a sign.
    var date: String {
        let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
        let year = sign + DocumentJSON.digits(abs(year), 4)
        return "\(year)-\(DocumentJSON.digits(month, 2))-\(DocumentJSON.digits(day, 2))"
    }

    var clock: String {
        "\(DocumentJSON.digits(hour, 2)):\(DocumentJSON.digits(minute, 2)):\(DocumentJSON.digits(second, 2))"
    }
}
