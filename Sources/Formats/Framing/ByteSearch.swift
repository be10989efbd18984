/// Up to four bytes to look for, eight places at a time in one register (SIMD vectors are not specialised well enough).
struct ByteSearch: Sendable {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64
    private let fold: UInt64

    /// Looks for these bytes; with fewer than four, name one again.
    /// - Parameter folding: Bits that count as set when comparing with `third` and `fourth`.
    init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8, folding: UInt8 = 0) {
        self.first = UInt64(first) &* Self.ones
        self.second = UInt64(second) &* Self.ones
        self.third = UInt64(third) &* Self.ones
        self.fourth = UInt64(fourth) &* Self.ones
        fold = UInt64(folding) &* Self.ones
    }

    /// The first place in `bytes` from `from` on that holds one of them; `bytes.count` when there is none.
    @inline(__always)
    func place(in bytes: UnsafeRawBufferPointer, from: Int) -> Int {
        var at = from
        while at &+ 8 <= bytes.count {
            let found = unsafe matches(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian)
            if found != 0 { return at &+ found.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < bytes.count, unsafe matches(UInt64(bytes[at]) &* Self.ones) == 0 { at &+= 1 }
        return at
    }

    /// The high bit of each byte that is one of them; above the lowest such byte others can be set too.
    @inline(__always)
    private func matches(_ word: UInt64) -> UInt64 {
        let folded = word | fold
        return (zeros(word ^ first) | zeros(word ^ second) | zeros(folded ^ third) | zeros(folded ^ fourth))
            & Self.highs
    }

    @inline(__always)
    private func zeros(_ word: UInt64) -> UInt64 { (word &- Self.ones) & ~word }
}
