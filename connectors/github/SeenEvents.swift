import FoundationEssentials

/// The newest events met, so that none is passed on twice; the oldest is forgotten first.
///
/// Ids are no watermark: GitHub sends them unsorted and has restarted them, so this is a set of hashes of `id` and
/// `created_at`. With 20 000 of them the chance that a new event looks known is below one in 10¹⁴.
struct SeenEvents: Sendable {
    private var hashes: Set<UInt64> = []
    private var ring: [UInt64] = []
    private var oldest = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var isEmpty: Bool { ring.isEmpty }

    func contains(_ hash: UInt64) -> Bool { hashes.contains(hash) }

    /// Remembers what another set does, the oldest first.
    mutating func insert(all other: SeenEvents) {
        for hash in other.ring[other.oldest...] + other.ring[..<other.oldest] { _ = insert(hash) }
    }

    /// Remembers an event; false when it was known.
    mutating func insert(_ hash: UInt64) -> Bool {
        guard hashes.insert(hash).inserted else { return false }
        if ring.count < capacity {
            ring.append(hash)
        } else {
            hashes.remove(ring[oldest])
            ring[oldest] = hash
            oldest = (oldest + 1) % capacity
        }
        return true
    }

    /// The hashes from the oldest to the newest, eight little-endian bytes each, as base64.
    var encoded: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ring.count * 8)
        for hash in ring[oldest...] + ring[..<oldest] {
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: hash >> shift)) }
        }
        return Data(bytes).base64EncodedString()
    }

    /// Reads ``encoded``; what does not fit `capacity` is forgotten from the old end; nil for any other text.
    init?(encoded: String, capacity: Int) {
        guard let bytes = Data(base64Encoded: encoded), bytes.count % 8 == 0 else { return nil }
        self.init(capacity: capacity)
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 8) {
            let hash = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            _ = insert(hash)
        }
    }
}

/// FNV-1a with 64 bits: the same in every run, as a stored hash must be.
struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // Ends the part, so that ("ab", "c") differs from ("a", "bc"); no UTF-8 text has this byte.
        value = (value ^ 0xFF) &* 0x100_0000_01B3
    }
}
