/// Finds the rows of CSV text (RFC 4180).
///
/// A row ends in `\n` or `\r\n` outside quotes. A quote opens a quoted field only as the field's first byte; elsewhere in an
/// unquoted field it is text. Empty lines are no rows.
public struct CSVSplitter: Splitter {
    private enum Place {
        case fieldStart
        case unquoted
        case quoted
        case quoteInQuoted
    }

    /// The byte between fields.
    public let delimiter: UInt8
    /// Lines finished so far.
    public private(set) var lineCount: Int
    private var place = Place.fieldStart
    private var search: FrameSearch
    private var rowLine = 0

    /// Begins at the beginning of a row.
    /// - Parameters:
    ///   - delimiter: The byte between fields; neither a quote nor a line end.
    ///   - maximumRowBytes: The longest row in bytes without its end; at least 1.
    ///   - lineCount: Lines before this place, when the text is not read from its beginning.
    public init(delimiter: UInt8 = UInt8(ascii: ","), maximumRowBytes: Int, lineCount: Int = 0) {
        self.delimiter = delimiter
        self.lineCount = lineCount
        search = FrameSearch(maximumBytes: maximumRowBytes)
    }

    /// Looks for the next row; see ``Splitter``. The frame of a row that the end of the text cuts off inside quotes is
    /// refused by ``CSVRow``.
    public mutating func next(in bytes: UnsafeRawBufferPointer, from: Int, atEnd: Bool) -> SplitStep {
        var start = from
        if !search.isInsideFrame {
            start = unsafe skipEmptyLines(bytes, from)
            guard start < bytes.count else { return .more(keepFrom: start) }
            rowLine = lineCount + 1
            place = .fieldStart
        }
        if let end = unsafe rowEnd(in: bytes, from: start + search.searched) {
            return unsafe finishRow(bytes, start..<end, next: end + 1)
        }
        guard atEnd else { return unsafe search.wait(bytes, from: start, tolerance: 1) }
        return unsafe finishRow(bytes, start..<bytes.count, next: bytes.count)
    }

    private mutating func skipEmptyLines(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        var at = from
        while at < bytes.count {
            let byte = unsafe bytes[at]
            guard unsafe byte == 0x0A || byte == 0x0D && (at + 1 == bytes.count || bytes[at + 1] == 0x0A) else { break }
            if byte == 0x0A { lineCount += 1 }
            at += 1
        }
        return at
    }

    private mutating func finishRow(_ bytes: UnsafeRawBufferPointer, _ row: Range<Int>, next: Int) -> SplitStep {
        if next > row.upperBound { lineCount += 1 }
        let hasReturn = unsafe !row.isEmpty && bytes[row.upperBound - 1] == UInt8(ascii: "\r")
        let content = hasReturn ? row.lowerBound..<row.upperBound - 1 : row
        return unsafe search.finish(bytes, content, line: rowLine, next: next)
    }

    private mutating func rowEnd(in bytes: UnsafeRawBufferPointer, from: Int) -> Int? {
        var at = from
        while at < bytes.count {
            switch place {
            case .quoted: at = unsafe skipQuoted(bytes, at)
            case .unquoted: at = unsafe skipUnquoted(bytes, at)
            case .fieldStart, .quoteInQuoted: break
            }
            guard at < bytes.count else { return nil }
            let byte = unsafe bytes[at]
            if byte == 0x0A && place != .quoted { return at }
            step(byte)
            at += 1
        }
        return nil
    }

    private mutating func step(_ byte: UInt8) {
        switch (place, byte) {
        case (.quoted, UInt8(ascii: "\"")): place = .quoteInQuoted
        case (.quoted, 0x0A): lineCount += 1
        case (.quoted, _): break
        case (.quoteInQuoted, UInt8(ascii: "\"")), (.fieldStart, UInt8(ascii: "\"")): place = .quoted
        case (_, delimiter): place = .fieldStart
        default: place = .unquoted
        }
    }

    private func skipQuoted(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        unsafe ByteSearch(0x22, 0x0A, 0x0A, 0x0A).place(in: bytes, from: at)
    }

    private func skipUnquoted(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        unsafe ByteSearch(delimiter, 0x0A, 0x0A, 0x0A).place(in: bytes, from: at)
    }
}
