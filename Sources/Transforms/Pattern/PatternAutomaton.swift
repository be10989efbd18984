/// A deterministic automaton that says whether a whole text matches: one table lookup for each character.
///
/// A class so that using it counts one reference and not one for each of its tables.
final class PatternAutomaton: Sendable {
    static let dead: UInt16 = 0

    /// The first scalar value of each column, the first being 0.
    let columnStarts: [UInt32]
    /// The column of each ASCII character.
    let asciiColumns: [UInt16]
    /// The next state, by state and column.
    let table: [UInt16]
    /// Whether a text may end in this state.
    let isAccepting: [Bool]
    let start: UInt16
    private let columns: Int

    init(columnStarts: [UInt32], asciiColumns: [UInt16], table: [UInt16], isAccepting: [Bool], start: UInt16) {
        self.columnStarts = columnStarts
        self.asciiColumns = asciiColumns
        self.table = table
        self.isAccepting = isAccepting
        self.start = start
        columns = columnStarts.count
    }

    /// Whether the pattern covers all of `text`, which is UTF-8.
    func matches(_ text: Span<UInt8>) -> Bool {
        var state = start
        var index = 0
        while index < text.count {
            let byte = text[index]
            let column: Int
            if byte < 0x80 {
                column = Int(asciiColumns[Int(byte)])
                index &+= 1
            } else {
                column = self.column(of: scalar(in: text, at: &index))
            }
            state = table[Int(state) &* columns &+ column]
            if state == Self.dead { return false }
        }
        return isAccepting[Int(state)]
    }

    private func column(of value: UInt32) -> Int {
        var low = 0
        var high = columnStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if columnStarts[middle] <= value { low = middle } else { high = middle }
        }
        return low
    }

    /// Decodes the character at `index` and steps over it; a broken one counts as U+FFFD and takes one byte.
    private func scalar(in text: Span<UInt8>, at index: inout Int) -> UInt32 {
        let first = text[index]
        let length = (~first).leadingZeroBitCount
        guard (2...4).contains(length), text.count - index >= length else {
            index += 1
            return 0xFFFD
        }
        var value = UInt32(first & (0x7F >> length))
        for offset in 1..<length { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
        index += length
        return value
    }
}
