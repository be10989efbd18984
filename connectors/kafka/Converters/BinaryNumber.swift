import ConnectorKit

// Numbers as Kafka's serializers write them: big-endian, two's complement, IEEE 754.
extension Converter {
    /// The value that bytes stand for; nil when they are not as many as it has.
    func number(_ bytes: UnsafeRawBufferPointer) -> BinaryNumber? {
        guard bytes.count == width else { return nil }
        var bits: UInt64 = 0
        for index in 0..<bytes.count { bits = unsafe bits << 8 | UInt64(bytes[index]) }
        switch self {
        case .short: return .int(Int64(Int16(truncatingIfNeeded: bits)))
        case .integer: return .int(Int64(Int32(truncatingIfNeeded: bits)))
        case .long: return .int(Int64(bitPattern: bits))
        case .float: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case .double: return .double(Double(bitPattern: bits))
        case .boolean: return bits > 1 ? nil : .bool(bits == 1)
        case .json, .string, .bytes, .simple: return nil
        }
    }

    /// The bits of a value; nil when it is none of the kind, or beyond its range.
    func bits(of value: borrowing Value) -> UInt64? {
        switch self {
        case .short: value.int.flatMap(Int16.init(exactly:)).map { UInt64(UInt16(bitPattern: $0)) }
        case .integer: value.int.flatMap(Int32.init(exactly:)).map { UInt64(UInt32(bitPattern: $0)) }
        case .long: value.int.map { UInt64(bitPattern: $0) }
        case .float: Self.double(value).map { UInt64(Float($0).bitPattern) }
        case .double: Self.double(value).map(\.bitPattern)
        case .boolean: value.bool.map { $0 ? 1 : 0 }
        case .json, .string, .bytes, .simple: nil
        }
    }

    /// A number, or what stands for one that is not finite.
    private static func double(_ value: borrowing Value) -> Double? { value.double ?? NotFinite(value)?.double }

    /// Writes a value in binary; false when it is none of the kind.
    func writeBinary(_ value: borrowing Value, to writer: inout JSONWriter) -> Bool {
        guard let bits = bits(of: value), let width else { return false }
        for index in (0..<width).reversed() { writer.writeByte(UInt8(truncatingIfNeeded: bits >> UInt64(index * 8))) }
        return true
    }

    /// How many bytes a value has; nil when that differs.
    var width: Int? {
        switch self {
        case .boolean: 1
        case .short: 2
        case .integer, .float: 4
        case .long, .double: 8
        case .json, .string, .bytes, .simple: nil
        }
    }
}

/// A value that was read from a fixed number of bytes.
enum BinaryNumber: FieldValue {
    case int(Int64)
    case double(Double)
    case bool(Bool)

    func write(to slot: borrowing ValueSlot) {
        switch self {
        case .int(let number): number.write(to: slot)
        case .double(let number): number.write(to: slot)
        case .bool(let flag): flag.write(to: slot)
        }
    }
}
