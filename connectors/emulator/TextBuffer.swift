import Formats

/// Text put together piece by piece, in memory that is reused; pieces beyond its end are left out.
@safe struct TextBuffer: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer
    private var count = 0

    init(capacity: Int = 1 << 12) { unsafe bytes = .allocate(byteCount: capacity, alignment: 1) }

    deinit { unsafe bytes.deallocate() }

    mutating func removeAll() { count = 0 }

    /// The text so far, which the next piece may change.
    var text: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: bytes[..<count]) }

    mutating func add(_ word: StaticString) {
        guard word.hasPointerRepresentation else { return }
        unsafe add(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    mutating func add(_ piece: UnsafeRawBufferPointer) {
        guard unsafe piece.count <= bytes.count - count else { return }
        unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).copyMemory(from: piece)
        count += piece.count
    }

    mutating func add(byte: UInt8) {
        guard unsafe count < bytes.count else { return }
        unsafe bytes[count] = byte
        count += 1
    }

    /// A number that is not negative in decimal, with zeros in front up to `width` digits.
    mutating func add(_ number: Int, width: Int = 1) {
        var digits = 1
        var power = 10
        while digits < 19 && number >= power {
            digits += 1
            power = power &* 10
        }
        digits = max(digits, width)
        var rest = number
        guard unsafe digits <= bytes.count - count else { return }
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        count += digits
    }

    /// The low `digits` hexadecimal digits of a number.
    mutating func add(hex number: UInt64, digits: Int) {
        for place in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: (number >> UInt64(place * 4)) & 15)
            add(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }

    /// A version 4 UUID (RFC 9562 section 5.4).
    mutating func add(uuid high: UInt64, _ low: UInt64) {
        add(hex: high >> 32, digits: 8)
        add(byte: UInt8(ascii: "-"))
        add(hex: high >> 16, digits: 4)
        add("-4")
        add(hex: high, digits: 3)
        add(byte: UInt8(ascii: "-"))
        add(hex: 0x8 | (low >> 62), digits: 1)
        add(hex: low >> 48, digits: 3)
        add(byte: UInt8(ascii: "-"))
        add(hex: low, digits: 12)
    }

    /// `2024-05-21 10:00:00`, with other texts between and behind.
    mutating func add(_ time: CivilTime, between: StaticString, after: StaticString) {
        add(time.year, width: 4)
        add(byte: UInt8(ascii: "-"))
        add(time.month, width: 2)
        add(byte: UInt8(ascii: "-"))
        add(time.day, width: 2)
        add(between)
        add(time.hour, width: 2)
        add(byte: UInt8(ascii: ":"))
        add(time.minute, width: 2)
        add(byte: UInt8(ascii: ":"))
        add(time.second, width: 2)
        add(after)
    }
}
