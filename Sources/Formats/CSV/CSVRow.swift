/// The fields of one CSV row (RFC 4180); reused from row to row.
public struct CSVRow: Sendable {
    /// Why a row cannot be read.
    public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// A quoted field has no closing quote; `field` counts from 1.
        case unclosedQuote(field: Int)
        /// Text follows a closing quote; `field` counts from 1.
        case textAfterQuote(field: Int)

        /// One clause that names the field.
        public var description: String {
            switch self {
            case .unclosedQuote(let field): "field \(field) opens with a quote that is never closed"
            case .textAfterQuote(let field):
                "field \(field) has text after its closing quote: a quote inside a quoted field must be doubled"
            }
        }
    }

    private struct Field {
        var content: Range<Int>
        var hasDoubledQuotes = false
    }

    /// The byte between fields.
    public let delimiter: UInt8
    /// Where in the row the field begins that the last ``read(_:)`` threw about.
    public private(set) var faultPlace = 0
    private var fields: [Field] = []
    private var unquoted: [UInt8] = []

    /// Makes an empty row.
    public init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    /// How many fields the row has.
    public var count: Int { fields.count }

    /// Finds the fields of a row without its line end; an empty row has one empty field.
    public mutating func read(_ row: UnsafeRawBufferPointer) throws(Problem) {
        fields.removeAll(keepingCapacity: true)
        var at = 0
        repeat {
            let isQuoted = unsafe at < row.count && row[at] == UInt8(ascii: "\"")
            at = isQuoted ? try unsafe readQuoted(row, at + 1) : unsafe readUnquoted(row, at)
        } while at <= row.count
    }

    /// Lends the text of field `index` of the row just read, without quotes; `row` must be the same bytes.
    public mutating func withField<R>(
        _ index: Int, of row: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        let text = unsafe UnsafeRawBufferPointer(rebasing: row[fields[index].content])
        guard fields[index].hasDoubledQuotes else { return try unsafe body(text) }
        unquoted.removeAll(keepingCapacity: true)
        var afterQuote = false
        for index in text.indices {
            let byte = unsafe text[index]
            afterQuote = byte == UInt8(ascii: "\"") && !afterQuote
            if !afterQuote { unquoted.append(byte) }
        }
        return try unsafe unquoted.withUnsafeBytes(body)
    }

    /// Where the next field begins: one past the delimiter, or past the row.
    private mutating func readUnquoted(_ row: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let search = ByteSearch(delimiter, delimiter, delimiter, delimiter)
        let end = unsafe search.place(in: row, from: start)
        fields.append(Field(content: start..<end))
        return end + 1
    }

    private mutating func readQuoted(_ row: UnsafeRawBufferPointer, _ start: Int) throws(Problem) -> Int {
        var field = Field(content: start..<start)
        faultPlace = start - 1
        var at = start
        while true {
            at = unsafe ByteSearch(0x22, 0x22, 0x22, 0x22).place(in: row, from: at)
            guard at < row.count else { throw .unclosedQuote(field: fields.count + 1) }
            guard at + 1 < row.count, unsafe row[at + 1] == UInt8(ascii: "\"") else { break }
            field.hasDoubledQuotes = true
            at += 2
        }
        guard unsafe at + 1 == row.count || row[at + 1] == delimiter else {
            throw .textAfterQuote(field: fields.count + 1)
        }
        field.content = start..<at
        fields.append(field)
        return at + 2
    }
}
