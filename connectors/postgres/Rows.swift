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
    /// nil when rows have no key.
    private let keyForm: KeyForm?
    /// Whether of equal keys only the last row may stand, since one statement may not change a row twice.
    private let replaces: Bool
    private var keys: KeyTable
    private var last: Int?
    /// For each plan the rows in their order.
    private(set) var members: [[Int]] = []
    private var superseded: Set<Int> = []

    init(_ rows: ArraySlice<Row>, _ keyForm: KeyForm?, replaces: Bool) {
        self.rows = rows
        self.keyForm = keyForm
        self.replaces = replaces
        keys = KeyTable(count: rows.count, ignoresSpelling: keyForm == .digits)
    }

    /// Takes a row; false when one that may be of its key must be written before it.
    mutating func take(_ place: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let row = rows[place]
        if let keyForm {
            if keyForm == .value, let last, rows[last].plan != row.plan { return false }
            if let other = unsafe keys.exchange(place, rows, bytes) {
                guard rows[other].plan == row.plan, unsafe rows[other].hasKey(of: row, bytes) else { return false }
                if replaces { superseded.insert(other) }
            }
        }
        while members.count <= row.plan { members.append([]) }
        members[row.plan].append(place)
        last = place
        return true
    }

    /// A plan's rows that are to be written.
    func rows(of plan: Int) -> [Row] {
        let places = members[plan]
        return (superseded.isEmpty ? places : places.filter { !superseded.contains($0) }).map { rows[$0] }
    }
}

extension Row {
    /// The key as text, its columns parted by tabs.
    fileprivate func key(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: bytes[self.bytes.lowerBound..<keyEnd])
    }

    fileprivate func hasKey(of other: Row, _ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe key(bytes).elementsEqual(other.key(bytes))
    }
}

/// Finds rows of equal keys.
struct KeyTable {
    /// Whether keys are the same when their ``KeyDigits`` are; else their texts must be.
    private let ignoresSpelling: Bool
    private var slots: [Int32]

    init(count: Int, ignoresSpelling: Bool) {
        self.ignoresSpelling = ignoresSpelling
        let capacity = 1 << (Int.bitWidth - (count * 2).leadingZeroBitCount)
        slots = Array(repeating: -1, count: capacity)
    }

    /// Remembers a row for its key; gives the one it takes the place of.
    mutating func exchange(_ place: Int, _ rows: ArraySlice<Row>, _ bytes: UnsafeRawBufferPointer) -> Int? {
        let key = unsafe rows[place].key(bytes)
        let mask = slots.count - 1
        var slot = unsafe hash(key) & mask
        while slots[slot] >= 0 {
            let other = Int(slots[slot])
            if unsafe isSame(key, rows[other].key(bytes)) {
                slots[slot] = Int32(truncatingIfNeeded: place)
                return other
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: place)
        return nil
    }

    private func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        if unsafe one.elementsEqual(other) { return true }
        return unsafe ignoresSpelling && KeyDigits(one).elementsEqual(KeyDigits(other))
    }

    private func hash(_ key: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        if !ignoresSpelling {
            unsafe hasher.combine(bytes: key)
            return hasher.finalize() & Int.max
        }
        // FNV-1a, and its high bits, which are the better ones.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in unsafe KeyDigits(key) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash >> 32 ^ hash) & Int.max
    }
}
