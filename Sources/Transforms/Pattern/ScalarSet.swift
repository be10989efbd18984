/// A set of Unicode scalar values, as sorted ranges that neither touch nor overlap.
struct ScalarSet: Sendable, Hashable {
    static let everything: ClosedRange<UInt32> = 0...0x10FFFF
    private(set) var ranges: [ClosedRange<UInt32>]

    init(_ ranges: [ClosedRange<UInt32>] = []) { self.ranges = Self.merged(ranges) }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    /// The only member; nil when there is none or more than one.
    var onlyMember: Unicode.Scalar? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return Unicode.Scalar(ranges[0].lowerBound)
    }

    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next = Self.everything.lowerBound
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.everything.upperBound { gaps.append(next...Self.everything.upperBound) }
        return ScalarSet(gaps)
    }

    /// With the other case of every ASCII letter in it: what Java's `(?i)` does.
    var foldingASCIICase: ScalarSet {
        let upper = clamped(to: UInt32(UInt8(ascii: "A"))...UInt32(UInt8(ascii: "Z"))).map { shifted($0, by: 32) }
        let lower = clamped(to: UInt32(UInt8(ascii: "a"))...UInt32(UInt8(ascii: "z"))).map { shifted($0, by: -32) }
        return ScalarSet(ranges + upper + lower)
    }

    func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }

    mutating func formUnion(_ other: ScalarSet) { ranges = Self.merged(ranges + other.ranges) }

    private func clamped(to limits: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        ranges.filter { $0.overlaps(limits) }.map { $0.clamped(to: limits) }
    }

    private func shifted(_ range: ClosedRange<UInt32>, by distance: Int) -> ClosedRange<UInt32> {
        UInt32(Int(range.lowerBound) + distance)...UInt32(Int(range.upperBound) + distance)
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

extension ScalarSet {
    /// `\d`
    static let digits = ScalarSet([0x30...0x39])
    /// `\w`
    static let wordCharacters = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// `\s`
    static let whiteSpace = ScalarSet([0x09...0x0D, 0x20...0x20])
    /// What `.` matches: anything but Java's line terminators.
    static let withinLine = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x85...0x85, 0x2028...0x2029]).inverted
    /// What `.` matches under `(?s)`.
    static let anything = ScalarSet([everything])
}
