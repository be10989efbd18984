/// Where a ``FieldValue`` writes itself: a place in a record that holds null until then.
@frozen
public struct ValueSlot: ~Escapable {
    @usableFromInline let arena: Arena
    @usableFromInline let node: UInt32

    @inlinable @inline(__always)
    @_lifetime(copy owner)
    init<Owner: ~Escapable & ~Copyable>(_ arena: Arena, _ node: UInt32, of owner: borrowing Owner) {
        self.arena = arena
        self.node = node
    }

    @inlinable @inline(__always)
    func put(_ tag: Tag, _ bits: UInt64 = 0) {
        arena.nodes[node].payload = bits
        arena.nodes[node].tag = tag
    }
}

/// A scalar that can be put into a record.
///
/// A type of your own conforms by writing one of these: `text.write(to: slot)`.
public protocol FieldValue {
    /// Writes the value; the last call counts. Never fails: a batch that is full says so where the record ends.
    func write(to slot: borrowing ValueSlot)
}

extension Int: FieldValue {
    /// Writes a whole number.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { Int64(self).write(to: slot) }
}

extension Int32: FieldValue {
    /// Writes a whole number.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { Int64(self).write(to: slot) }
}

extension Int64: FieldValue {
    /// Writes a whole number.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { slot.put(.int, UInt64(bitPattern: self)) }
}

extension UInt64: FieldValue {
    /// Writes a whole number.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { slot.put(.uint, self) }
}

extension Double: FieldValue {
    /// Writes a number; NaN and the infinities become the strings that ``NotFinite`` names, as JSON has none of them.
    @inlinable
    public func write(to slot: borrowing ValueSlot) {
        if isFinite { slot.put(.double, bitPattern) } else { NotFinite(of: self).write(to: slot) }
    }
}

extension Bool: FieldValue {
    /// Writes a truth value.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { slot.put(self ? .true : .false) }
}

extension String: FieldValue {
    /// Writes a string.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { slot.arena.put(string: self, at: slot.node) }
}

extension FieldName: FieldValue {
    /// Writes a string; a constant is stored once a batch.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { slot.arena.put(name: self, at: slot.node) }
}

/// Null. As the value of a record it makes a tombstone.
@frozen
public struct JSONNull: FieldValue, Sendable, Hashable {
    /// Null.
    @inlinable
    public init() {}
    /// Writes null.
    @inlinable
    public func write(to slot: borrowing ValueSlot) { slot.put(.null) }
}

/// A number as text, written as it is: for decimals and numbers beyond 64 bits.
public struct JSONNumber: FieldValue, Sendable, Hashable {
    /// The text, a number as RFC 8259 section 6 has it.
    public let text: String

    /// Wraps number text; nil when it is not a JSON number.
    public init?(_ text: String) {
        guard JSONScanner.isNumber(text) else { return nil }
        self.text = text
    }

    /// Writes the number.
    public func write(to slot: borrowing ValueSlot) { slot.arena.put(number: text, at: slot.node) }
}

/// Bytes; JSON has none, so they are written as a base64 string (RFC 4648 section 4).
public struct RawBytes: FieldValue, Sendable, Hashable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Wraps bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Writes the bytes.
    public func write(to slot: borrowing ValueSlot) {
        unsafe bytes.withUnsafeBytes { unsafe slot.arena.put(bytes: $0, at: slot.node) }
    }
}
