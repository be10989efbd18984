import ConnectorKit

/// How documents stand as JSON.
enum DocumentStyle: Sendable {
    /// Plain values: dates and ObjectIds are texts, all numbers numbers.
    case simplified
    /// MongoDB's relaxed extended JSON.
    case relaxed
    /// The extended JSON of before version 2, as mongo-kafka's `DefaultJson` writes it.
    case strict
    /// Canonical extended JSON, which keeps every type, as mongo-kafka's `ExtendedJson` writes it.
    case canonical
    /// What mongo-kafka's `SimplifiedJson` writes.
    case simplifiedJson
}

/// Writes documents as JSON text.
struct DocumentJSON {
    let style: DocumentStyle
    /// Whether names and values stand apart as MongoDB's Java driver writes them.
    let isSpaced: Bool
    var text: [UInt8] = []
    /// Why the text is no JSON of the document; nil when it is.
    private(set) var fault: String?
    private var depth = 0

    /// More than any server stores.
    private static let deepest = 256

    init(_ style: DocumentStyle = .simplified, isSpaced: Bool = false) {
        self.style = style
        self.isSpaced = isSpaced
    }

    /// Forgets the text and keeps the memory.
    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        fault = nil
        depth = 0
    }

    /// Writes a document; null without one.
    mutating func write(_ document: BSONDocument?) {
        if let document { write(document, isArray: false) } else { write("null") }
    }

    private mutating func write(_ document: BSONDocument, isArray: Bool) {
        guard depth < Self.deepest else { return fail("is nested deeper than \(Self.deepest) levels") }
        depth += 1
        write(isArray ? "[" : "{")
        var isFirst = true
        let isWhole = document.forEach { element in
            if !isFirst { separate() }
            isFirst = false
            if !isArray {
                quote(element.name)
                write(isSpaced ? ": " : ":")
            }
            write(element)
            return true
        }
        write(isArray ? "]" : "}")
        depth -= 1
        if !isWhole { fail("is no whole BSON, or has a type that is not known here") }
    }

    mutating func write(_ element: BSONDocument.Element) {
        switch element.type {
        case BSONType.document: write(element.document ?? BSONDocument(BSONDocument.empty), isArray: false)
        case BSONType.array: write(element.document ?? BSONDocument(BSONDocument.empty), isArray: true)
        case BSONType.string: quote(element.stringBytes)
        case BSONType.bool: write(element.bool == true ? "true" : "false")
        case BSONType.null: write("null")
        default: if style == .simplified { writePlain(element) } else { writeExtended(element) }
        }
    }

    mutating func fail(_ reason: String) { fault = fault ?? reason }
}

extension BSONDocument.Element {
    /// The bytes of a text, a symbol or code.
    var stringBytes: ArraySlice<UInt8> { payload.dropFirst(4).dropLast() }

    /// The number of a double.
    var double: Double { Double(bitPattern: UInt64(bitPattern: payload.int64 ?? 0)) }

    /// The text of a decimal128: a number, or `NaN`, `Infinity`, `-Infinity`.
    var decimalText: String {
        DecimalNumber.text(
            low: UInt64(bitPattern: payload.int64 ?? 0), high: UInt64(bitPattern: payload.dropFirst(8).int64 ?? 0))
    }

    /// The subtype of bytes.
    var subtype: UInt8 { payload.dropFirst(4).first ?? 0 }

    /// The bytes themselves; those of subtype 2 have their length in front once more.
    var binary: ArraySlice<UInt8> { payload.dropFirst(subtype == 2 ? 9 : 5) }

    /// The seconds and the count of a timestamp.
    var timestamp: (seconds: UInt32, count: UInt32) {
        (UInt32(bitPattern: payload.dropFirst(4).int32 ?? 0), UInt32(bitPattern: payload.int32 ?? 0))
    }

    /// The pattern and the options of a regular expression.
    var regex: (pattern: ArraySlice<UInt8>, options: ArraySlice<UInt8>) {
        let parts = payload.split(separator: 0, omittingEmptySubsequences: false)
        return (parts.first ?? [], parts.dropFirst().first ?? [])
    }

    /// The code and its scope.
    var scopedCode: (code: ArraySlice<UInt8>, scope: BSONDocument) {
        let length = max(1, Int(payload.dropFirst(4).int32 ?? 1))
        let rest = payload.dropFirst(8)
        return (rest.prefix(length - 1), BSONDocument(Array(rest.dropFirst(length))))
    }

    /// The collection and the ObjectId of a DBPointer.
    var pointer: (collection: ArraySlice<UInt8>, id: ArraySlice<UInt8>) {
        (payload.dropFirst(4).dropLast(13), payload.suffix(12))
    }
}
