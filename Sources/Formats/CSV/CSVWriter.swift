/// Writes CSV (RFC 4180) into a growing buffer of its own, which is reused.
///
/// A field is quoted when it holds the delimiter, a quote or a line end, and when it is the only field and empty, so that
/// its row is not an empty line. Rows end in `\n`.
public struct CSVWriter: Sendable {
    /// The byte between fields.
    public let delimiter: UInt8
    private var bytes: [UInt8] = []
    private var rowStart = 0
    private var fieldCount = 0

    /// Makes a writer with nothing written.
    /// - Parameter delimiter: The byte between fields; neither a quote nor a line end.
    public init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    /// Bytes written since the last ``removeAll()``.
    public var count: Int { bytes.count }

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        rowStart = 0
        fieldCount = 0
    }

    /// Writes the next field of the row.
    public mutating func writeField(_ text: UnsafeRawBufferPointer) {
        if fieldCount > 0 { bytes.append(delimiter) }
        fieldCount += 1
        let special = unsafe ByteSearch(0x22, 0x0A, 0x0D, delimiter).place(in: text, from: 0)
        if special == text.count { return unsafe bytes.append(contentsOf: text) }
        unsafe writeQuoted(text)
    }

    /// Writes the next field of the row.
    public mutating func writeField(_ text: String) {
        var text = text
        text.withUTF8 { unsafe writeField(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a whole row, its end included, as it is.
    public mutating func writeRow(_ row: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: row)
        rowStart = bytes.count
        fieldCount = 0
    }

    /// Ends the row.
    public mutating func endRow() {
        if fieldCount == 1 && bytes.count == rowStart { bytes.append(contentsOf: [0x22, 0x22]) }
        bytes.append(0x0A)
        rowStart = bytes.count
        fieldCount = 0
    }

    /// Lends what was written.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe bytes.withUnsafeBytes(body)
    }

    private mutating func writeQuoted(_ text: UnsafeRawBufferPointer) {
        bytes.append(0x22)
        for index in text.indices {
            let byte = unsafe text[index]
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
