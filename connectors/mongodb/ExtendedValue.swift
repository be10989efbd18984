import ConnectorKit

extension BSONWriter {
    /// Writes a value that stands in extended JSON, as `{"$oid": "…"}`, and gives its type; nil, and nothing written, when the
    /// object is none.
    ///
    /// Canonical, relaxed and legacy forms are known. `$code` with `$scope` is left to ``DocumentEncoder``.
    mutating func addExtended(_ object: borrowing Value) throws(ValueFault) -> UInt8? {
        guard object.mayBeExtended, let name = object.firstName, let form = ExtendedForm(rawValue: name) else {
            return nil
        }
        let start = count
        guard object.count == 1 || form.second.map({ object.count == 2 && object[$0].exists }) == true else {
            return nil
        }
        if form == .regex, object.count == 1 { return nil }
        guard let type = add(object, form) else {
            truncate(to: start)
            throw ValueFault(message: "is no extended JSON \(name); expected \(form.expectation)")
        }
        return type
    }

    private mutating func add(_ object: borrowing Value, _ form: ExtendedForm) -> UInt8? {
        let value = object[form.name]
        switch form {
        case .int, .long, .double, .decimal: return addExtendedNumber(value, form)
        case .date: return addExtendedDate(value)
        case .objectID: return try? add(value, as: .objectID)
        case .uuid: return try? add(value, as: .uuid)
        case .binary: return addExtendedBinary(value, legacyType: object["$type"])
        case .regex, .regularExpression, .timestamp, .pointer: return addExtendedPair(object, form)
        case .symbol, .code:
            guard unsafe value.withUTF8({ unsafe putText(UnsafeRawBufferPointer($0)) }) != nil else { return nil }
            return form == .code ? BSONType.code : BSONType.symbol
        case .undefined: return value.bool == true ? BSONType.undefined : nil
        case .minKey: return value.int == 1 ? BSONType.minKey : nil
        case .maxKey: return value.int == 1 ? BSONType.maxKey : nil
        }
    }

    private mutating func addExtendedNumber(_ value: borrowing Value, _ form: ExtendedForm) -> UInt8? {
        guard let text = value.string ?? value.decimalText else { return nil }
        switch form {
        case .int:
            guard let number = Int32(text) else { return nil }
            put(number)
            return BSONType.int32
        case .long:
            guard let number = Int64(text) else { return nil }
            put(number)
            return BSONType.int64
        case .decimal: return addDecimal(exactly: text) ? BSONType.decimal128 : nil
        default:
            guard let number = NotFinite(value)?.double ?? Double(text).flatMap({ $0.isFinite ? $0 : nil }) else {
                return nil
            }
            put(number)
            return BSONType.double
        }
    }

    private mutating func addExtendedDate(_ value: borrowing Value) -> UInt8? {
        guard value.kind == .object else { return try? add(value, as: .date) }
        guard value.count == 1, let milliseconds = value["$numberLong"].string.flatMap(Int64.init) else { return nil }
        put(milliseconds)
        return BSONType.date
    }

    private mutating func addExtendedBinary(_ value: borrowing Value, legacyType: borrowing Value) -> UInt8? {
        let isLegacy = value.kind == .string
        let (data, type) =
            isLegacy ? (value.base64, legacyType.string) : (value["base64"].base64, value["subType"].string)
        guard let data, let subtype = UInt8(type ?? (isLegacy && !legacyType.exists ? "0" : ""), radix: 16) else {
            return nil
        }
        let hasInnerLength = subtype == 2
        put(Int32(truncatingIfNeeded: data.count + (hasInnerLength ? 4 : 0)))
        put(subtype)
        if hasInnerLength { put(Int32(truncatingIfNeeded: data.count)) }
        unsafe data.withUnsafeBytes { unsafe put($0) }
        return BSONType.binary
    }

    private mutating func addExtendedPair(_ object: borrowing Value, _ form: ExtendedForm) -> UInt8? {
        let inner = object[form.name]
        switch form {
        case .timestamp:
            guard inner.count == 2, let seconds = inner["t"].int.flatMap(UInt32.init(exactly:)),
                let number = inner["i"].int.flatMap(UInt32.init(exactly:))
            else { return nil }
            put(UInt64(seconds) << 32 | UInt64(number))
            return BSONType.timestamp
        case .pointer:
            guard inner.count == 2, let reference = inner["$ref"].string else { return nil }
            putText(reference)
            return (try? add(inner["$id"]["$oid"], as: .objectID)) == nil ? nil : BSONType.pointer
        case .regex: return addRegex(inner.string, object["$options"].string)
        default: return inner.count == 2 ? addRegex(inner["pattern"].string, inner["options"].string) : nil
        }
    }

    /// Texts that end with a NUL, and the options in the order of the alphabet.
    private mutating func addRegex(_ pattern: String?, _ options: String?) -> UInt8? {
        guard let pattern, let options, !pattern.utf8.contains(0), !options.utf8.contains(0) else { return nil }
        for text in [Array(pattern.utf8), options.utf8.sorted()] {
            unsafe text.withUnsafeBytes { unsafe put($0) }
            put(UInt8(0))
        }
        return BSONType.regex
    }
}

/// The forms of extended JSON, by the name of their first member.
enum ExtendedForm: String, CaseIterable {
    case int = "$numberInt"
    case long = "$numberLong"
    case double = "$numberDouble"
    case decimal = "$numberDecimal"
    case date = "$date"
    case objectID = "$oid"
    case uuid = "$uuid"
    case binary = "$binary"
    case regularExpression = "$regularExpression"
    case regex = "$regex"
    case timestamp = "$timestamp"
    case pointer = "$dbPointer"
    case symbol = "$symbol"
    case code = "$code"
    case undefined = "$undefined"
    case minKey = "$minKey"
    case maxKey = "$maxKey"

    private static let names = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0, FieldName(interning: $0.rawValue)) })

    /// The first member's name.
    var name: FieldName { Self.names[self] ?? "" }

    /// The member that may stand behind the first; nil when none may.
    var second: FieldName? {
        switch self {
        case .binary: "$type"
        case .regex: "$options"
        default: nil
        }
    }

    /// What the first member holds, for messages.
    var expectation: String {
        switch self {
        case .int: "a text of a whole number of 32 bits"
        case .long: "a text of a whole number of 64 bits"
        case .double: "a text of a number within the range of a double, NaN, Infinity or -Infinity"
        case .decimal: "a text of a number of up to 34 digits, NaN, Infinity or -Infinity"
        case .date: "a date as 2026-01-31T12:00:00.000Z, to the millisecond, or milliseconds since 1970 as $numberLong"
        case .objectID: "24 hexadecimal digits"
        case .uuid: "a UUID of 32 hexadecimal digits"
        case .binary: "base64 with a subType, or a $type, of two hexadecimal digits"
        case .regularExpression, .regex: "a pattern and options, texts without NUL"
        case .timestamp: "t and i, whole numbers of 32 bits"
        case .pointer: "$ref, a text, and $id, an ObjectId"
        case .symbol, .code: "a text"
        case .undefined: "true"
        case .minKey, .maxKey: "1"
        }
    }
}

extension Value {
    /// Whether the first name of an object may begin with a dollar sign; quick where the object stands as it was read.
    fileprivate var mayBeExtended: Bool {
        unsafe rawText.withUnsafeBytes { text in
            if unsafe text.isEmpty { return true }
            for index in 1..<text.count {
                switch unsafe text[index] {
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\""):
                    continue
                case UInt8(ascii: "$"), UInt8(ascii: "\\"): return true
                default: return false
                }
            }
            return false
        }
    }

    /// The name of an object's first member; nil when there is none.
    var firstName: String? {
        var first: String?
        forEachMember { name, _ in if first == nil { first = name.string } }
        return first
    }

    /// The bytes of a text in base64; nil when it is none.
    fileprivate var base64: [UInt8]? { unsafe withUTF8 { unsafe Base64.decoded($0) } ?? nil }
}
