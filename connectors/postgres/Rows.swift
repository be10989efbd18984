import ConnectorKit

/// One encoded row.
struct Row {
    /// Where it stands in the encoder's buffer, its line break included.
    let bytes: Range<Int>
    /// Where its key's columns end, which come first.
    let keyEnd: Int
    /// The record it was made of.
    let record: Int
    /// The place of its plan among the writer's: rows of a plan name the same columns.
    var plan = 0
}

/// Rows that may be written plan by plan, whatever their order was, since no key stands in two plans.
///
/// Rows of different columns for different keys thus need not be written in turns.
struct Wave {
    private let rows: ArraySlice<Row>
    /// Whether of equal keys only the last row may stand, since one statement may not change a row twice.
    private let replaces: Bool
    private var keys: KeyTable
    /// For each plan the rows in their order.
    private(set) var members: [[Int]] = []
    private var superseded: Set<Int> = []

    init(_ rows: ArraySlice<Row>, replaces: Bool) {
        self.rows = rows
        self.replaces = replaces
        keys = KeyTable(count: rows.count)
    }

    /// Takes a row; false when one of its key stands in another plan, which must be written before it.
    mutating func take(_ place: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let row = rows[place]
        if row.keyEnd > row.bytes.lowerBound {
            if let other = unsafe keys.exchange(place, rows, bytes) {
                guard rows[other].plan == row.plan else { return false }
                if replaces { superseded.insert(other) }
            }
        }
        while members.count <= row.plan { members.append([]) }
        members[row.plan].append(place)
        return true
    }

    /// A plan's rows that are to be written.
    func rows(of plan: Int) -> [Row] {
        let places = members[plan]
        return (superseded.isEmpty ? places : places.filter { !superseded.contains($0) }).map { rows[$0] }
    }
}

/// Finds rows of equal keys, compared as text.
struct KeyTable {
    private var slots: [Int32]

    init(count: Int) {
        let capacity = 1 << (Int.bitWidth - (count * 2).leadingZeroBitCount)
        slots = Array(repeating: -1, count: capacity)
    }

    /// Remembers a row for its key; gives the one it takes the place of.
    mutating func exchange(_ place: Int, _ rows: ArraySlice<Row>, _ bytes: UnsafeRawBufferPointer) -> Int? {
        let key = unsafe Self.key(rows[place], bytes)
        let mask = slots.count - 1
        var slot = unsafe Self.hash(key) & mask
        while slots[slot] >= 0 {
            let other = Int(slots[slot])
            if unsafe key.elementsEqual(Self.key(rows[other], bytes)) {
                slots[slot] = Int32(truncatingIfNeeded: place)
                return other
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: place)
        return nil
    }

    private static func key(_ row: Row, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: bytes[row.bytes.lowerBound..<row.keyEnd])
    }

    private static func hash(_ key: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: key)
        return hasher.finalize() & Int.max
    }
}
