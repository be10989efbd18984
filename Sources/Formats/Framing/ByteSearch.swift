extension UnsafeRawBufferPointer {
    /// The first place from `from` on whose byte the predicate picks, 16 bytes at a time; `count` when there is none.
    @inline(__always)
    func firstPlace(from: Int, where picks: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>) -> Int {
        var at = from
        while at + 16 <= count {
            let mask = unsafe picks(loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self))
            if any(mask) { break }
            at += 16
        }
        while at < count, unsafe !picks(SIMD16(repeating: self[at]))[0] { at += 1 }
        return at
    }
}
