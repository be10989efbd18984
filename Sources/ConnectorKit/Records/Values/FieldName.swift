import Synchronization

/// The name of a field: a literal, or a name from configuration.
///
/// Cheap to copy and to compare with the names in a batch. Equality is that of the UTF-8 text.
@safe @frozen
public struct FieldName: ExpressibleByStringLiteral, @unchecked Sendable {
    // `@unchecked`: the text is constant and lives as long as the process, or the ``FieldNames`` that it is of.
    @usableFromInline let start: UnsafePointer<UInt8>
    @usableFromInline let count: Int
    /// The first eight bytes, the first in the lowest place.
    @usableFromInline let prefix: UInt64
    /// The name's bits in a ``NameSketch``.
    @usableFromInline let sketch: UInt64
    /// Names of one identity have the same text. The address of a text that stays; for one that does not, a number that no
    /// other name has, since what is freed may lie where another name did.
    @usableFromInline let identity: UInt64

    /// Wraps a literal, whose text is part of the program.
    @inlinable @inline(__always)
    public init(stringLiteral value: StaticString) {
        if value.hasPointerRepresentation {
            unsafe self.init(start: value.utf8Start, count: value.utf8CodeUnitCount)
        } else {
            self.init(interning: String(value.unicodeScalar))
        }
    }

    /// Keeps a copy of the text for the life of the process; equal texts share it.
    ///
    /// For names from configuration, of which there are few: nothing is ever freed. ``FieldNames`` is for names from data. Any
    /// thread.
    public init(interning text: String) {
        self = FieldNamePool.shared.name(text)
    }

    @inlinable @inline(__always)
    init(start: UnsafePointer<UInt8>, count: Int) {
        unsafe self.init(start: start, count: count, identity: UInt64(UInt(bitPattern: start)))
    }

    @inlinable @inline(__always)
    init(start: UnsafePointer<UInt8>, count: Int, identity: UInt64) {
        unsafe self.start = start
        self.identity = identity
        self.count = count
        var prefix: UInt64 = 0
        var index = 0
        while index < count && index < 8 {
            prefix |= unsafe UInt64(start[index]) &<< UInt64(truncatingIfNeeded: index &* 8)
            index &+= 1
        }
        self.prefix = prefix
        sketch = unsafe NameSketch.bits(of: ArenaText(start), count: count, prefix: prefix)
    }

    @inline(__always)
    var shortCount: UInt16 { Node.shortLength(count) }

    @usableFromInline
    var bytes: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: start, count: count) }
}

extension FieldName: Hashable, CustomStringConvertible {
    /// Whether two names have the same text.
    public static func == (one: FieldName, other: FieldName) -> Bool {
        guard one.count == other.count else { return false }
        return unsafe one.start == other.start || ArenaText.equal(one.bytes, other.bytes)
    }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) {
        unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }

    /// The text.
    public var description: String { unsafe String(decoding: bytes, as: UTF8.self) }
}

/// The names kept for the life of the process, by their bytes: canonically equivalent texts are different names.
private final class FieldNamePool: Sendable {
    static let shared = FieldNamePool()
    private let names = Mutex<[[UInt8]: FieldName]>([:])

    func name(_ text: String) -> FieldName {
        let bytes = Array(text.utf8)
        return names.withLock { names in
            if let known = names[bytes] { return known }
            let name = Self.make(bytes)
            names[bytes] = name
            return name
        }
    }

    private static func make(_ bytes: [UInt8]) -> FieldName {
        let start = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        for (index, byte) in bytes.enumerated() { unsafe (start + index).initialize(to: byte) }
        return unsafe FieldName(start: UnsafePointer(start), count: bytes.count)
    }
}
