import CMongo
import ConnectorKit
import Formats

/// Documents as plain JSON text.
struct SimplifiedJSON {
    /// How doubles stand that are not finite.
    enum Style {
        /// As texts.
        case plain
        /// As mongo-kafka's `SimplifiedJson` writes them, in extended JSON.
        case mongoKafka
    }

    private let style: Style
    private(set) var text: [UInt8] = []
    private var depth = 0

    /// More than any server stores; what is deeper is null.
    private static let deepest = 256

    init(_ style: Style = .plain) { self.style = style }

    /// Forgets the text and keeps the memory.
    mutating func removeAll() { text.removeAll(keepingCapacity: true) }

    mutating func write(_ plain: StaticString) {
        unsafe text.append(contentsOf: UnsafeBufferPointer(start: plain.utf8Start, count: plain.utf8CodeUnitCount))
    }

    mutating func write(_ plain: String) { text.append(contentsOf: plain.utf8) }

    mutating func write(_ document: BSONDocument, isArray: Bool = false) {
        guard depth < Self.deepest else { return write("null") }
        depth += 1
        defer { depth -= 1 }
        write(isArray ? "[" : "{")
        var isFirst = true
        document.forEach { element in
            if !isFirst { write(",") }
            isFirst = false
            if !isArray {
                quote(element.name)
                write(":")
            }
            write(element)
            return true
        }
        write(isArray ? "]" : "}")
    }

    mutating func write(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.document: write(element.document ?? BSONDocument([]))
        case BSONType.array: write(element.document ?? BSONDocument([]), isArray: true)
        case BSONType.string, BSONType.code, BSONType.symbol: quote(element.payload.dropFirst(4).dropLast())
        case BSONType.bool: write(element.bool == true ? "true" : "false")
        case BSONType.int32, BSONType.int64: write(String(element.int ?? 0))
        case BSONType.double: writeDouble(element)
        case BSONType.date: writeDate(element.payload.int64 ?? 0)
        case BSONType.objectID: quote(hex: element.payload)
        case BSONType.decimal128: writeDecimal(element)
        case BSONType.binary: writeBinary(element.payload)
        case BSONType.timestamp: writeTimestamp(element.payload)
        case BSONType.regex: writeRegex(element.payload)
        case 0xFF: write("\"MinKey\"")
        case 0x7F: write("\"MaxKey\"")
        default: write("null")
        }
    }
}

extension SimplifiedJSON {
    private mutating func quote(_ bytes: some Collection<UInt8>) {
        text.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0..<32:
                write("\\u00")
                text.append(Self.digit(byte >> 4))
                text.append(Self.digit(byte & 15))
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func quote(hex bytes: some Collection<UInt8>) { quote(Self.hex(bytes)) }

    private static func hex(_ bytes: some Collection<UInt8>) -> [UInt8] {
        bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    /// JSON has neither NaN nor the infinities.
    private mutating func writeDouble(_ element: BSONDocument.Element) {
        let number = Double(bitPattern: UInt64(bitPattern: element.payload.int64 ?? 0))
        if number.isFinite { return write("\(number)") }
        let text = "\"\(NotFinite(of: number).text)\""
        write(style == .mongoKafka ? "{\"$numberDouble\":\(text)}" : text)
    }

    private mutating func writeDecimal(_ element: BSONDocument.Element) {
        let low = UInt64(bitPattern: element.payload.int64 ?? 0)
        let high = UInt64(bitPattern: element.payload.dropFirst(8).int64 ?? 0)
        var buffer = [CChar](repeating: 0, count: 64)
        unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe sluice_mongo_decimal_text(low, high, buffer.baseAddress)
        }
        let number = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        write(JSONNumber(number) == nil ? "\"\(number)\"" : number)
    }

    /// Years of four digits as ISO 8601, others as milliseconds since 1970.
    private mutating func writeDate(_ milliseconds: Int64) {
        let time = CivilTime(milliseconds: milliseconds)
        guard (0...9999).contains(time.year) else { return write(String(milliseconds)) }
        let fraction = ((milliseconds % 1000) + 1000) % 1000
        let date = "\(Self.digits(time.year, 4))-\(Self.digits(time.month, 2))-\(Self.digits(time.day, 2))"
        let clock = "\(Self.digits(time.hour, 2)):\(Self.digits(time.minute, 2)):\(Self.digits(time.second, 2))"
        write("\"\(date)T\(clock).\(Self.digits(Int(fraction), 3))Z\"")
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// A UUID as its usual text, other bytes in base64.
    private mutating func writeBinary(_ payload: ArraySlice<UInt8>) {
        let bytes = payload.dropFirst(5)
        if payload.dropFirst(4).first == 4, bytes.count == 16 {
            var digits = Self.hex(bytes)
            for place in [20, 16, 12, 8] { digits.insert(UInt8(ascii: "-"), at: place) }
            return quote(digits)
        }
        quote(Self.base64(Array(bytes)))
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
            for place in 0..<4 {
                text.append(place <= group.count ? letters[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return text
    }

    private mutating func writeTimestamp(_ payload: ArraySlice<UInt8>) {
        let seconds = UInt32(bitPattern: payload.dropFirst(4).int32 ?? 0)
        write("{\"t\":\(seconds),\"i\":\(UInt32(bitPattern: payload.int32 ?? 0))}")
    }

    private mutating func writeRegex(_ payload: ArraySlice<UInt8>) {
        let parts = payload.split(separator: 0, omittingEmptySubsequences: false)
        write("{\"pattern\":")
        quote(parts.first ?? [])
        write(",\"options\":")
        quote(parts.dropFirst().first ?? [])
        write("}")
    }
}
