import ConnectorKit

/// Rows in the text format of COPY, in one buffer that is reused.
///
/// The format is that of the section "File Formats: Text Format" of PostgreSQL's page on COPY: tabs between columns,
/// `\N` for null, a backslash before backslash, tab and line breaks.
struct RowEncoder: ~Copyable {
    private var rows = JSONWriter(capacity: 1 << 16)
    private var scratch = JSONWriter(capacity: 256)

    /// The bytes so far.
    var count: Int { rows.count }

    /// Forgets all rows and keeps the memory.
    mutating func removeAll() { rows.removeAll() }

    /// Ends a row.
    mutating func endRow() { rows.writeByte(UInt8(ascii: "\n")) }

    /// Separates columns.
    mutating func separate() { rows.writeByte(UInt8(ascii: "\t")) }

    /// Writes a null.
    mutating func writeNull() { rows.write("\\N") }

    /// Writes a value for a column.
    ///
    /// - Throws: `rejected` for text that PostgreSQL cannot hold.
    mutating func write(_ value: borrowing Value, for column: Column) throws(ConnectorError) {
        switch value.kind {
        case .missing, .null: writeNull()
        case _ where column.form == .json: try writeJSON(value, column)
        case .bool, .number, .int, .uint, .double: rows.write(value)
        case .string: try writeText(value, column)
        case .bytes: writeHex(value)
        case .array where column.form == .array:
            scratch.removeAll()
            ArrayLiteral.write(value, to: &scratch)
            try copyScratch(column)
        case .array, .object: try writeJSON(value, column)
        }
    }

    /// Sends a part of the buffer.
    func send(_ range: Range<Int>, to stream: borrowing CopyStream) throws(ServerError) {
        var failure: ServerError?
        unsafe rows.withBytes { bytes in
            do throws(ServerError) {
                try unsafe stream.send(UnsafeRawBufferPointer(rebasing: bytes[range]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Calls `body` with the bytes so far, which must not be kept.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { unsafe rows.withBytes { unsafe body($0) } }

    private mutating func writeJSON(_ value: borrowing Value, _ column: Column) throws(ConnectorError) {
        scratch.removeAll()
        scratch.write(value)
        try copyScratch(column)
    }

    private mutating func copyScratch(_ column: Column) throws(ConnectorError) {
        let isText = unsafe scratch.withBytes { unsafe CopyText.write($0, to: &rows) }
        if !isText { throw Self.nul(column) }
    }

    private mutating func writeText(_ value: borrowing Value, _ column: Column) throws(ConnectorError) {
        let isText = unsafe value.withUTF8 { unsafe CopyText.write(UnsafeRawBufferPointer($0), to: &rows) }
        if isText == false { throw Self.nul(column) }
    }

    private mutating func writeHex(_ value: borrowing Value) {
        rows.write("\\\\x")
        unsafe value.withBytes { bytes in
            for index in 0..<bytes.count {
                let byte = unsafe bytes[index]
                rows.writeByte(Self.digit(byte >> 4))
                rows.writeByte(Self.digit(byte & 15))
            }
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    private static func nul(_ column: Column) -> ConnectorError {
        .rejected(
            "the text for column \(column.name) holds a NUL character, which PostgreSQL cannot store; remove it with a "
                + "transform")
    }
}

/// Text as COPY has it.
enum CopyText {
    /// Writes text with its special characters escaped; false when it holds a NUL.
    static func write(_ text: UnsafeRawBufferPointer, to out: inout JSONWriter) -> Bool {
        var start = 0
        for index in 0..<text.count {
            guard let escape = escape(of: unsafe text[index]) else { continue }
            if escape == 0 { return false }
            unsafe out.write(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            out.writeByte(UInt8(ascii: "\\"))
            out.writeByte(escape)
            start = index + 1
        }
        unsafe out.write(UnsafeRawBufferPointer(rebasing: text[start..<text.count]))
        return true
    }

    /// What stands behind the backslash for a byte; nil when it needs none, 0 for NUL.
    @inline(__always)
    private static func escape(of byte: UInt8) -> UInt8? {
        if byte > 0x0D && byte != UInt8(ascii: "\\") { return nil }
        switch byte {
        case UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "\n"): return UInt8(ascii: "n")
        case UInt8(ascii: "\r"): return UInt8(ascii: "r")
        case UInt8(ascii: "\t"): return UInt8(ascii: "t")
        case 0: return 0
        default: return nil
        }
    }
}

/// PostgreSQL's array literals (section "Array Value Input" of its page on arrays).
enum ArrayLiteral {
    /// Writes an array; arrays in it are further dimensions, objects their JSON.
    static func write(_ value: borrowing Value, to out: inout JSONWriter) {
        out.writeByte(UInt8(ascii: "{"))
        var isFirst = true
        value.forEach { element in
            if !isFirst { out.writeByte(UInt8(ascii: ",")) }
            isFirst = false
            writeElement(element, to: &out)
        }
        out.writeByte(UInt8(ascii: "}"))
    }

    private static func writeElement(_ element: borrowing Value, to out: inout JSONWriter) {
        switch element.kind {
        case .array: write(element, to: &out)
        case .string: unsafe element.withUTF8 { unsafe quote(UnsafeRawBufferPointer($0), to: &out) }
        case .object, .bytes:
            var json = JSONWriter(capacity: 256)
            json.write(element)
            unsafe json.withBytes { unsafe quote($0, to: &out) }
        case .missing, .null: out.write("NULL")
        case .bool, .number, .int, .uint, .double: out.write(element)
        }
    }

    private static func quote(_ text: UnsafeRawBufferPointer, to out: inout JSONWriter) {
        out.writeByte(UInt8(ascii: "\""))
        for index in 0..<text.count {
            let byte = unsafe text[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.writeByte(UInt8(ascii: "\\")) }
            out.writeByte(byte)
        }
        out.writeByte(UInt8(ascii: "\""))
    }
}
