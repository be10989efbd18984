/// A document that was received, read with every bound checked.
struct BSONDocument: Sendable {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    fileprivate init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// One element: its type, and where its payload is.
    struct Element: Sendable {
        let type: UInt8
        let name: ArraySlice<UInt8>
        let payload: ArraySlice<UInt8>
    }

    /// Visits the elements until `body` gives false; false when the bytes are no BSON.
    @discardableResult
    func forEach(_ body: (Element) throws -> Bool) rethrows -> Bool {
        var place = bytes.startIndex + 4
        while place < bytes.endIndex, bytes[place] != 0 {
            guard let nameEnd = bytes[(place + 1)...].firstIndex(of: 0),
                let length = Self.length(of: bytes[place], in: bytes[(nameEnd + 1)...]),
                length >= 0, length <= bytes.endIndex - nameEnd - 1
            else { return false }
            let end = nameEnd + 1 + length
            let element = Element(
                type: bytes[place], name: bytes[(place + 1)..<nameEnd], payload: bytes[(nameEnd + 1)..<end])
            if try !body(element) { return true }
            place = end
        }
        return place < bytes.endIndex
    }

    /// The element of this name; nil when there is none.
    subscript(_ name: String) -> Element? {
        var found: Element?
        forEach { element in
            if element.name.elementsEqual(name.utf8) { found = element }
            return found == nil
        }
        return found
    }

    /// The elements of an array.
    var elements: [Element] {
        var all: [Element] = []
        forEach {
            all.append($0)
            return true
        }
        return all
    }

    private static func length(of type: UInt8, in rest: ArraySlice<UInt8>) -> Int? {
        switch type {
        case BSONType.double, BSONType.date, BSONType.timestamp, BSONType.int64: 8
        case BSONType.string, BSONType.code, BSONType.symbol: rest.int32.map { Int($0) + 4 }
        case BSONType.document, BSONType.array, BSONType.scopedCode: rest.int32.map { Int($0) }
        case BSONType.binary: rest.int32.map { Int($0) + 5 }
        case BSONType.undefined, BSONType.null, BSONType.minKey, BSONType.maxKey: 0
        case BSONType.objectID: 12
        case BSONType.bool: 1
        case BSONType.int32: 4
        case BSONType.decimal128: 16
        case BSONType.regex: regexLength(rest)
        case BSONType.pointer: rest.int32.map { Int($0) + 16 }
        default: nil
        }
    }

    private static func regexLength(_ rest: ArraySlice<UInt8>) -> Int? {
        guard let first = rest.firstIndex(of: 0), let second = rest[(first + 1)...].firstIndex(of: 0) else {
            return nil
        }
        return second + 1 - rest.startIndex
    }
}

extension BSONDocument.Element {
    /// The document or array; nil for anything else.
    var document: BSONDocument? {
        (type == BSONType.document || type == BSONType.array) && payload.count >= 5 ? BSONDocument(payload) : nil
    }

    /// The text; nil for anything else.
    var string: String? {
        type == BSONType.string && payload.count >= 5
            ? String(decoding: payload.dropFirst(4).dropLast(), as: UTF8.self) : nil
    }

    /// A whole number of any type; nil for anything else.
    var int: Int64? {
        switch type {
        case BSONType.int32: payload.int32.map { Int64($0) }
        case BSONType.int64: payload.int64
        case BSONType.double: payload.int64.flatMap { Int64(exactly: Double(bitPattern: UInt64(bitPattern: $0))) }
        default: nil
        }
    }

    /// The truth value; nil for anything else.
    var bool: Bool? { type == BSONType.bool ? payload.first == 1 : nil }
}

extension ArraySlice<UInt8> {
    /// The first four bytes, the lowest first; nil when there are fewer.
    var int32: Int32? {
        guard count >= 4 else { return nil }
        return Int32(truncatingIfNeeded: (0..<4).reduce(0) { $0 | UInt32(self[startIndex + $1]) << UInt32($1 * 8) })
    }

    /// The first eight bytes, the lowest first; nil when there are fewer.
    var int64: Int64? {
        guard count >= 8 else { return nil }
        return Int64(bitPattern: (0..<8).reduce(0) { $0 | UInt64(self[startIndex + $1]) << UInt64($1 * 8) })
    }
}
