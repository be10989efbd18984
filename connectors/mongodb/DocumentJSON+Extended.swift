import ConnectorKit
import Formats

extension DocumentJSON {
    /// Writes what is neither a text, a truth value nor a container as extended JSON, or as mongo-kafka's `SimplifiedJson` has
    /// it.
    mutating func writeExtended(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.int32, BSONType.int64, BSONType.double, BSONType.decimal128: writeNumber(element)
        case BSONType.date: writeDate(element.payload.int64 ?? 0)
        case BSONType.objectID: writeObjectID(element.payload)
        case BSONType.binary: writeBinary(element)
        case BSONType.symbol:
            if style == .simplifiedJson { quote(element.stringBytes) } else { wrap("$symbol", element.stringBytes) }
        case BSONType.code: wrap("$code", element.stringBytes)
        case BSONType.undefined: onlyMember("$undefined") { $0.write("true") }
        case BSONType.minKey: onlyMember("$minKey") { $0.write("1") }
        case BSONType.maxKey: onlyMember("$maxKey") { $0.write("1") }
        default: writeCompound(element)
        }
    }

    private mutating func writeCompound(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.timestamp:
            onlyMember("$timestamp") { json in
                json.member("t") { $0.write(String(element.timestamp.seconds)) }
                json.lastMember("i") { $0.write(String(element.timestamp.count)) }
            }
        case BSONType.regex: writeRegex(element)
        case BSONType.scopedCode:
            member("$code") { $0.quote(element.scopedCode.code) }
            lastMember("$scope") { $0.write(element.scopedCode.scope) }
        default:
            guard style == .relaxed || style == .canonical else { return writePointer(element) }
            onlyMember("$dbPointer") { $0.writePointer(element) }
        }
    }

    private mutating func writeNumber(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.int32:
            let number = String(element.int ?? 0)
            if style == .canonical { wrap("$numberInt", number.utf8) } else { write(number) }
        case BSONType.int64:
            let number = String(element.int ?? 0)
            if style == .canonical || style == .strict { wrap("$numberLong", number.utf8) } else { write(number) }
        case BSONType.double:
            let number = text(of: element.double)
            if style == .canonical || !element.double.isFinite {
                wrap("$numberDouble", number.utf8)
            } else {
                write(number)
            }
        default:
            let number = Array(element.decimalText.utf8)
            if style == .simplifiedJson { quote(number) } else { wrap("$numberDecimal", number) }
        }
    }

    private func text(of number: Double) -> String {
        guard number.isFinite else { return "\(NotFinite(of: number).text)" }
        return isSpaced ? JavaDouble.text(of: number) : "\(number)"
    }

    private mutating func writeDate(_ milliseconds: Int64) {
        switch style {
        case .strict: onlyMember("$date") { $0.write(String(milliseconds)) }
        case .simplifiedJson: quote(Self.isoText(milliseconds, digits: 1).utf8)
        case .relaxed where (0...Self.lastOfYear9999).contains(milliseconds):
            wrap("$date", Self.isoText(milliseconds, digits: 3).utf8)
        default: onlyMember("$date") { $0.wrap("$numberLong", String(milliseconds).utf8) }
        }
    }

    private static let lastOfYear9999: Int64 = 253_402_300_799_999

    /// A second's fraction has this many digits at least, more up to the last one that is not 0, and none at all when it is 0.
    private static func isoText(_ milliseconds: Int64, digits count: Int) -> String {
        let time = CivilTime(milliseconds: milliseconds)
        var fraction = Self.digits(Self.fraction(milliseconds), 3)
        if fraction == "000" { return "\(time.date)T\(time.clock)Z" }
        while fraction.count > count, fraction.last == "0" { fraction.removeLast() }
        return "\(time.date)T\(time.clock).\(fraction)Z"
    }

    private mutating func writeObjectID(_ bytes: ArraySlice<UInt8>) {
        if style == .simplifiedJson { quote(hex: bytes) } else { wrap("$oid", Self.hex(bytes)) }
    }

    private mutating func writeBinary(_ element: BSONDocument.Element) {
        let isUpper = style != .relaxed
        let subtype = Self.hex([element.subtype]).map { isUpper && $0 > UInt8(ascii: "9") ? $0 - 32 : $0 }
        switch style {
        case .simplifiedJson: writePlainBinary(element)
        case .strict:
            member("$binary") { $0.quote(base64: element.binary) }
            lastMember("$type") { $0.quote(subtype) }
        default:
            onlyMember("$binary") { json in
                json.member("base64") { $0.quote(base64: element.binary) }
                json.lastMember("subType") { $0.quote(subtype) }
            }
        }
    }

    private mutating func writeRegex(_ element: BSONDocument.Element) {
        let (pattern, options) = element.regex
        if style == .strict {
            member("$regex") { $0.quote(pattern) }
            lastMember("$options") { $0.quote(options) }
            return
        }
        onlyMember("$regularExpression") { json in
            json.member("pattern") { $0.quote(pattern) }
            json.lastMember("options") { $0.quote(options) }
        }
    }

    private mutating func writePointer(_ element: BSONDocument.Element) {
        member("$ref") { $0.quote(element.pointer.collection) }
        lastMember("$id") { $0.writeObjectID(element.pointer.id) }
    }
}
