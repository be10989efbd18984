import CMongo
import ConnectorKit

/// A value that is not what its type expects.
struct ValueFault: Error {
    let message: String
    var path = ""

    /// The fault as seen from the object around it.
    func inside(_ name: String) -> ValueFault {
        ValueFault(message: message, path: path.isEmpty ? name : "\(name).\(path)")
    }

    var rejection: ConnectorError { .rejected("field \(path) \(message)") }
}

extension BSONWriter {
    /// Writes a scalar as the type that a rule names, and gives its BSON type.
    mutating func add(_ value: borrowing Value, as type: FieldType) throws(ValueFault) -> UInt8 {
        let written =
            switch type {
            case .date: addDate(value)
            case .dateSeconds: addSeconds(value)
            case .int32: addInt32(value)
            case .int64: addInt64(value)
            case .double: addDouble(value)
            case .decimal128: addDecimal(value)
            case .string: addString(value)
            case .binary: addBinary(value)
            case .uuid: addHex(value, bytes: 16, type: BSONType.binary)
            case .objectID: addHex(value, bytes: 12, type: BSONType.objectID)
            }
        guard let written else {
            throw ValueFault(message: "cannot be stored as \(type.rawValue); expected \(type.expectation)")
        }
        return written
    }

    private mutating func addDate(_ value: borrowing Value) -> UInt8? {
        let parsed = unsafe value.withUTF8 { unsafe ISODate.milliseconds($0, isExact: true) } ?? nil
        guard let milliseconds = parsed ?? value.int else { return nil }
        put(milliseconds)
        return BSONType.date
    }

    private mutating func addSeconds(_ value: borrowing Value) -> UInt8? {
        guard let (milliseconds, overflow) = value.int?.multipliedReportingOverflow(by: 1000), !overflow else {
            return nil
        }
        put(milliseconds)
        return BSONType.date
    }

    private mutating func addInt32(_ value: borrowing Value) -> UInt8? {
        guard let number = (value.int ?? value.string.flatMap(Int64.init)).flatMap(Int32.init(exactly:)) else {
            return nil
        }
        put(number)
        return BSONType.int32
    }

    private mutating func addInt64(_ value: borrowing Value) -> UInt8? {
        guard let number = value.int ?? value.string.flatMap(Int64.init) else { return nil }
        put(number)
        return BSONType.int64
    }

    private mutating func addDouble(_ value: borrowing Value) -> UInt8? {
        let read = value.double ?? value.string.flatMap { JSONNumber($0) == nil ? nil : Double($0) }
        guard let number = read.flatMap({ $0.isFinite ? $0 : nil }) ?? NotFinite(value)?.double else { return nil }
        put(number)
        return BSONType.double
    }

    private mutating func addDecimal(_ value: borrowing Value) -> UInt8? {
        if let other = NotFinite(value) { return addDecimal(exactly: "\(other.text)") ? BSONType.decimal128 : nil }
        guard let text = value.decimalText ?? value.string, JSONNumber(text) != nil else { return nil }
        return addDecimal(text) ? BSONType.decimal128 : nil
    }

    /// Writes a JSON number; false, and nothing, when no decimal128 is that number.
    mutating func addDecimal(_ text: String) -> Bool {
        DecimalNumber(text)?.decimal128.map { addDecimal(exactly: $0) } ?? false
    }

    mutating func addDecimal(exactly text: String) -> Bool {
        var low: UInt64 = 0
        var high: UInt64 = 0
        guard unsafe sluice_mongo_decimal(text, &low, &high) else { return false }
        put(low)
        put(high)
        return true
    }

    private mutating func addString(_ value: borrowing Value) -> UInt8? {
        if unsafe value.withUTF8({ unsafe putText(UnsafeRawBufferPointer($0)) }) == nil { putText(value.jsonText) }
        return BSONType.string
    }

    private mutating func addBinary(_ value: borrowing Value) -> UInt8? {
        if unsafe value.withBytes({ unsafe putBinary($0) }) != nil { return BSONType.binary }
        guard let bytes = unsafe value.withUTF8({ unsafe Base64.decoded($0) }) ?? nil else { return nil }
        unsafe bytes.withUnsafeBytes { unsafe putBinary($0) }
        return BSONType.binary
    }

    private mutating func addHex(_ value: borrowing Value, bytes count: Int, type: UInt8) -> UInt8? {
        let digits = value.string?.filter { $0 != "-" || type != BSONType.binary } ?? ""
        guard let bytes = Self.hex(digits), bytes.count == count else { return nil }
        if type == BSONType.binary {
            put(Int32(count))
            put(UInt8(4))
        }
        unsafe bytes.withUnsafeBytes { unsafe put($0) }
        return type
    }

    private static func hex(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// The payload of bytes of the generic subtype.
    mutating func putBinary(_ bytes: UnsafeRawBufferPointer) {
        put(Int32(truncatingIfNeeded: bytes.count))
        put(UInt8(0))
        unsafe put(bytes)
    }
}

/// Base64 (RFC 4648 section 4).
enum Base64 {
    /// nil when the text is none.
    static func decoded(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        let padding = unsafe text.suffix(2).count { $0 == UInt8(ascii: "=") }
        for group in stride(from: 0, to: text.count, by: 4) {
            var bits: UInt32 = 0
            for place in group..<group + 4 {
                let isPadding = place >= text.count - padding
                guard let letter = isPadding ? 0 : unsafe value(of: text[place]) else { return nil }
                bits = bits << 6 | letter
            }
            for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift))) }
        }
        bytes.removeLast(padding)
        return bytes
    }

    private static func value(of letter: UInt8) -> UInt32? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
