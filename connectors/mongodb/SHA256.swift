/// SHA-256 (FIPS 180-4).
enum SHA256 {
    /// The first 16 of the 32 bytes of the hash.
    static func half(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var state = initial
        let whole = bytes.count / 64 * 64
        for block in stride(from: 0, to: whole, by: 64) {
            unsafe compress(UnsafeRawBufferPointer(rebasing: bytes[block..<block + 64]), into: &state)
        }
        var tail = unsafe Array(bytes[whole...]) + [0x80]
        while tail.count % 64 != 56 { tail.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: (UInt64(bytes.count) << 3) >> UInt64(shift)))
        }
        unsafe tail.withUnsafeBytes { tail in
            for block in stride(from: 0, to: tail.count, by: 64) {
                unsafe compress(UnsafeRawBufferPointer(rebasing: tail[block..<block + 64]), into: &state)
            }
        }
        return (0..<4).flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: state[word] >> UInt32(24 - 8 * $0)) }
        }
    }

    private static func compress(_ block: UnsafeRawBufferPointer, into state: inout [UInt32]) {
        var schedule = [UInt32](repeating: 0, count: 64)
        for index in 0..<16 {
            schedule[index] = unsafe UInt32(
                bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        for index in 16..<64 {
            let early = schedule[index - 15]
            let late = schedule[index - 2]
            let first = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
            let second = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var work = state
        for index in 0..<64 { round(&work, schedule[index] &+ constants[index]) }
        for index in 0..<8 { state[index] = state[index] &+ work[index] }
    }

    private static func round(_ work: inout [UInt32], _ input: UInt32) {
        let sixth = rotated(work[4], 6) ^ rotated(work[4], 11) ^ rotated(work[4], 25)
        let choice = (work[4] & work[5]) ^ (~work[4] & work[6])
        let first = work[7] &+ sixth &+ choice &+ input
        let second = rotated(work[0], 2) ^ rotated(work[0], 13) ^ rotated(work[0], 22)
        let majority = (work[0] & work[1]) ^ (work[0] & work[2]) ^ (work[1] & work[2])
        for index in stride(from: 7, to: 0, by: -1) { work[index] = work[index - 1] }
        work[4] = work[4] &+ first
        work[0] = first &+ second &+ majority
    }

    private static func rotated(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }

    /// The first 32 bits of the fractions of the square roots of the first 8 primes.
    private static let initial: [UInt32] = primes(8).map { fraction(Double($0).squareRoot()) }
    /// The same of the cube roots of the first 64.
    private static let constants: [UInt32] = primes(64).map { cubeFraction($0) }

    private static func primes(_ count: Int) -> [Int] {
        var primes: [Int] = []
        var number = 2
        while primes.count < count {
            if primes.allSatisfy({ number % $0 != 0 }) { primes.append(number) }
            number += 1
        }
        return primes
    }

    private static func fraction(_ root: Double) -> UInt32 {
        UInt32(truncatingIfNeeded: Int64((root - root.rounded(.down)) * 4_294_967_296))
    }

    /// Found by bisection in whole numbers, since doubles are not exact enough: root³ ≤ prime · 2⁹⁶.
    private static func cubeFraction(_ prime: Int) -> UInt32 {
        var low: UInt128 = 0
        var high: UInt128 = 8 << 32
        let target = UInt128(prime) << 96
        while high - low > 1 {
            let middle = (low + high) / 2
            if middle * middle * middle <= target { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }
}
