import Glibc

// Views of an arena's tables. Subscripts are unchecked: every index in a node or a record was made by the arena itself,
// and debug builds would pay for a check on each step of each walk. This file and ArenaHeader are where pointers live.

/// The text of an arena. At least ``Arena/padding`` readable bytes follow it.
@safe @frozen @usableFromInline
struct ArenaText {
    @usableFromInline let start: UnsafePointer<UInt8>

    @inlinable @inline(__always)
    init(_ start: UnsafePointer<UInt8>) { unsafe self.start = start }

    @inlinable @inline(__always)
    subscript(_ index: Int) -> UInt8 { unsafe start[index] }

    @inlinable @inline(__always)
    subscript(_ index: UInt32) -> UInt8 { unsafe start[Int(index)] }

    /// The text from `index` on.
    @inline(__always)
    func from(_ index: Int) -> ArenaText { unsafe ArenaText(start + index) }

    /// The four bytes from `index` on, the first in the lowest place.
    @inlinable @inline(__always)
    func word32(at index: Int) -> UInt32 {
        unsafe UInt32(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt32.self))
    }

    /// The eight bytes from `index` on, the first in the lowest place.
    @inlinable @inline(__always)
    func word64(at index: Int) -> UInt64 {
        unsafe UInt64(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self))
    }

    /// Whether two texts of one length are equal.
    @inline(__always)
    static func equal(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let one = one.baseAddress, let start = other.baseAddress else { return true }
        return unsafe memcmp(one, start, other.count) == 0
    }

    @inlinable @inline(__always)
    func buffer(_ offset: UInt32, _ length: UInt32) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start + Int(offset), count: Int(length))
    }
}

/// The nodes of an arena. Invalid after the next node was made.
@safe @frozen @usableFromInline
struct NodeTable {
    @usableFromInline let start: UnsafeMutablePointer<Node>

    @inlinable @inline(__always)
    init(_ start: UnsafeMutablePointer<Node>) { unsafe self.start = start }

    @inlinable @inline(__always)
    subscript(_ index: UInt32) -> Node {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(start + Int(index)) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe start + Int(index) }
    }
}

/// The records of an arena. Invalid after the next record was made.
@safe @frozen @usableFromInline
struct RecordTable {
    @usableFromInline let start: UnsafeMutablePointer<RecordMeta>

    @inlinable @inline(__always)
    init(_ start: UnsafeMutablePointer<RecordMeta>) { unsafe self.start = start }

    @inlinable @inline(__always)
    subscript(_ index: Int) -> RecordMeta {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(start + index) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe start + index }
    }
}
