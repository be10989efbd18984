/// Which names an object has, as a filter with two bits a name: what it lacks is not there.
///
/// An edited object keeps it in place of its span. Names with escapes and long ones have no place in it, as their
/// spelling does not tell whether they are equal; an object with such a name has no sketch.
@frozen @usableFromInline
struct NameSketch {
    private(set) var bits: UInt64

    @inline(__always)
    init(bits: UInt64 = 0) { self.bits = bits }

    /// Adds a name; false when it may be there already.
    @inline(__always)
    mutating func add(_ name: UInt64) -> Bool {
        let isNew = bits & name != name
        bits |= name
        return isNew
    }

    /// Whether a name may be among those added.
    @inline(__always)
    func mayHold(_ name: UInt64) -> Bool { bits & name == name }

    /// The bits of the name at `start`.
    @inlinable @inline(__always)
    static func bits(of start: ArenaText, count: Int, prefix: UInt64) -> UInt64 {
        let word = count < 8 ? prefix : prefix &+ start.word64(at: count &- 8)
        let hash = (word ^ UInt64(truncatingIfNeeded: count)) &* 0x9e37_79b9_7f4a_7c15
        return 1 &<< (hash &>> 58) | 1 &<< (hash &>> 52 & 63)
    }

    /// The bits of a node's name.
    @inline(__always)
    static func bits(of node: Node, in text: ArenaText) -> UInt64 {
        let count = Int(node.nameLength)
        let start = text.from(Int(node.nameOffset))
        let word = start.word64(at: 0)
        let prefix = count < 8 ? word & ((1 &<< (UInt64(truncatingIfNeeded: count) &* 8)) &- 1) : word
        return bits(of: start, count: count, prefix: prefix)
    }
}

extension Node {
    /// Where an edited object with unique names keeps its sketch.
    @inline(__always)
    var sketch: NameSketch {
        get { NameSketch(bits: UInt64(offset) | UInt64(length) << 32) }
        set {
            offset = UInt32(truncatingIfNeeded: newValue.bits)
            length = UInt32(truncatingIfNeeded: newValue.bits >> 32)
        }
    }

    /// Whether the offset and the length are those of a text.
    @inline(__always)
    var hasSpan: Bool { !tag.isContainer || flags.contains(.clean) }

    /// Whether the name's bytes tell whether it equals another.
    @inline(__always)
    var hasClearName: Bool { !flags.contains(.nameEscaped) && nameLength != Node.longName }
}
