import ConnectorKit

/// Where the fields of a row of COPY are, from the section "Text Format" of PostgreSQL's page on COPY.
struct CopyFields: ~Copyable {
    private var ends: [Int] = []
    private var unescaped = JSONWriter(capacity: 1 << 10)

    /// How many fields the row has.
    var count: Int { ends.count }

    /// Finds the fields of a row.
    mutating func split(_ row: UnsafeRawBufferPointer) {
        ends.removeAll(keepingCapacity: true)
        for index in 0..<row.count where unsafe row[index] == UInt8(ascii: "\t") { ends.append(index) }
        ends.append(row.count)
    }

    /// A field as it stands in the row.
    func raw(_ index: Int, of row: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: row[(index == 0 ? 0 : ends[index - 1] + 1)..<ends[index]])
    }

    /// Calls `body` with the value of a field, nil for null; the bytes must not be kept.
    mutating func withValue(
        _ index: Int, of row: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) {
        let field = unsafe raw(index, of: row)
        guard let escape = unsafe field.firstIndex(of: UInt8(ascii: "\\")) else { return unsafe body(field) }
        if field.count == 2, unsafe field[1] == UInt8(ascii: "N") { return body(nil) }
        unescaped.removeAll()
        unsafe unescape(field, from: escape)
        unsafe unescaped.withBytes { unsafe body($0) }
    }

    private mutating func unescape(_ field: UnsafeRawBufferPointer, from first: Int) {
        unsafe unescaped.write(UnsafeRawBufferPointer(rebasing: field[..<first]))
        var place = first
        while place < field.count {
            let byte = unsafe field[place]
            place += 1
            guard byte == UInt8(ascii: "\\"), place < field.count else {
                unescaped.writeByte(byte)
                continue
            }
            unescaped.writeByte(Self.meaning(of: unsafe field[place]))
            place += 1
        }
    }

    private static func meaning(of letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "v"): 11
        default: letter
        }
    }
}

/// Remembers the ordering columns of the last row, to see where rows of other values begin.
struct TieGroup: ~Copyable {
    private var last = JSONWriter(capacity: 256)
    private var next = JSONWriter(capacity: 256)
    /// Whether there was a row.
    private(set) var isOpen = false

    /// Whether a row does not belong to the rows before it; ``take()`` then makes it the last one.
    mutating func isEnded(
        by fields: borrowing CopyFields, of row: UnsafeRawBufferPointer, order: [Int]
    ) -> Bool {
        next.removeAll()
        for index in order {
            unsafe next.write(fields.raw(index, of: row))
            next.writeByte(UInt8(ascii: "\t"))
        }
        let isSame = unsafe last.withBytes { last in unsafe next.withBytes { unsafe $0.elementsEqual(last) } }
        return isOpen && !isSame
    }

    /// Makes the row that was looked at the last one.
    mutating func take() {
        swap(&last, &next)
        isOpen = true
    }

    /// The ordering columns of the last row as texts.
    func values() -> [String] {
        var values: [String] = []
        unsafe last.withBytes { bytes in
            var fields = CopyFields()
            unsafe fields.split(bytes)
            // Behind the last tab there is no field.
            for index in 0..<(fields.count - 1) {
                unsafe fields.withValue(index, of: bytes) { value in
                    values.append(
                        unsafe String(decoding: value ?? UnsafeRawBufferPointer(start: nil, count: 0), as: UTF8.self))
                }
            }
        }
        return values
    }
}
