import ConnectorKit

/// One encoded row.
struct Row {
    /// Where it stands in the encoder's buffer, its line break included.
    let bytes: Range<Int>
    /// Where its key's columns end, which come first.
    let keyEnd: Int
    /// The record it was made of.
    let record: Int
}

/// Finds rows whose key comes again later in the same statement, where only the last of equal keys may stand.
struct KeyTable {
    private var slots: [Int32] = []

    /// For each row whether a later one has the same key, compared as text.
    mutating func superseded(_ rows: ArraySlice<Row>, in bytes: UnsafeRawBufferPointer) -> [Bool] {
        let capacity = 1 << (Int.bitWidth - (rows.count * 2).leadingZeroBitCount)
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(-1, count: capacity))
        var result = Array(repeating: false, count: rows.count)
        for (place, row) in rows.enumerated().reversed() {
            let key = unsafe UnsafeRawBufferPointer(rebasing: bytes[row.bytes.lowerBound..<row.keyEnd])
            unsafe result[place] = !insert(place, key, rows, bytes)
        }
        return result
    }

    /// False when the key is there already.
    private mutating func insert(
        _ place: Int, _ key: UnsafeRawBufferPointer, _ rows: ArraySlice<Row>, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let mask = slots.count - 1
        var slot = unsafe Self.hash(key) & mask
        while slots[slot] >= 0 {
            let other = rows[rows.startIndex + Int(slots[slot])]
            let otherKey = unsafe UnsafeRawBufferPointer(rebasing: bytes[other.bytes.lowerBound..<other.keyEnd])
            if unsafe key.elementsEqual(otherKey) { return false }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: place)
        return true
    }

    private static func hash(_ key: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: key)
        return hasher.finalize() & Int.max
    }
}
