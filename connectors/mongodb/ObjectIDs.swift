import Glibc

/// Makes ObjectIds: seconds since 1970, five random bytes of this maker's, and a count (MongoDB's `bson/objectid.md`).
struct ObjectIDs {
    private let random = UInt64.random(in: 0..<1 << 40)
    private var count = UInt32.random(in: 0..<1 << 24)

    /// Writes a new one.
    mutating func write(to out: inout BSONWriter) {
        count = (count &+ 1) & 0xFF_FFFF
        let seconds = UInt32(truncatingIfNeeded: time(nil))
        out.put(seconds.bigEndian, (random << 24 | UInt64(count)).bigEndian)
    }
}
