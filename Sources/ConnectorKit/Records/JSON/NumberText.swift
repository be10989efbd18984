internal import CRecords

/// The text of scalars that are not strings.
enum NumberText {
    /// The most bytes ``write(_:to:)`` needs.
    static var longest: Int { 40 }

    /// A whole number's sign and size.
    struct Integer {
        let isNegative: Bool
        let magnitude: UInt64
    }

    /// Reads checked number text without fraction and exponent; nil over 64 bits.
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Integer? {
        let isNegative = unsafe text.first == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for index in (isNegative ? 1 : 0)..<text.count {
            let (tens, tooBig) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = tens.addingReportingOverflow(UInt64(unsafe text[index] & 15))
            if tooBig || overflow { return nil }
            magnitude = sum
        }
        return Integer(isNegative: isNegative, magnitude: magnitude)
    }

    static func signed(_ integer: Integer?) -> Int64? {
        guard let integer else { return nil }
        guard integer.isNegative else { return Int64(exactly: integer.magnitude) }
        return integer.magnitude <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- integer.magnitude) : nil
    }

    static func unsigned(_ integer: Integer?) -> UInt64? {
        guard let integer, !integer.isNegative || integer.magnitude == 0 else { return nil }
        return integer.magnitude
    }

    /// Writes a number, a truth value or null and answers the end.
    @inline(__always)
    static func write(_ scalar: Node, to out: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        switch scalar.tag {
        case .int: unsafe write(Int64(bitPattern: scalar.payload), to: out)
        case .uint: unsafe write(scalar.payload, to: out)
        case .double: unsafe write(Double(bitPattern: scalar.payload), to: out)
        case .true: unsafe write("true", to: out)
        case .false: unsafe write("false", to: out)
        default: unsafe write("null", to: out)
        }
    }

    @inline(__always)
    private static func write(
        _ text: StaticString, to out: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        unsafe out.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return unsafe out + text.utf8CodeUnitCount
    }

    @inline(__always)
    private static func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        guard value < 0 else { return unsafe write(UInt64(truncatingIfNeeded: value), to: out) }
        unsafe out.pointee = UInt8(ascii: "-")
        return unsafe write(value.magnitude, to: out + 1)
    }

    @inline(never)
    private static func write(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let end = unsafe out + digitCount(value)
        var place = unsafe end
        var rest = value
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe place -= 1
            unsafe place.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest != 0
        return unsafe end
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while value >= bound && count < 20 {
            count += 1
            bound = count < 20 ? bound &* 10 : .max
        }
        return count
    }

    @inline(never)
    private static func write(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var text = value.description
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return unsafe out }
            unsafe out.update(from: start, count: bytes.count)
            return unsafe out + bytes.count
        }
    }
}
