// Unescaping. The text was checked when it was read, so every escape is whole and known.
extension JSONEscape {
    /// The text without its escapes. A lone surrogate becomes U+FFFD.
    static func withUnescaped<R>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        try unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { room in
            guard let start = room.baseAddress else { return try unsafe body(UnsafeBufferPointer(room)) }
            var reader = unsafe EscapeReader(text: text, out: start)
            reader.run()
            return try unsafe body(UnsafeBufferPointer(start: start, count: reader.count))
        }
    }
}

/// Unescaped text is never longer than its escaped form.
@safe
private struct EscapeReader {
    private let text: UnsafeBufferPointer<UInt8>
    private let out: UnsafeMutablePointer<UInt8>
    private var index = 0
    private(set) var count = 0

    init(text: UnsafeBufferPointer<UInt8>, out: UnsafeMutablePointer<UInt8>) {
        unsafe self.text = text
        unsafe self.out = out
    }

    mutating func run() {
        while unsafe index < text.count {
            let byte = unsafe text[index]
            index += 1
            if byte == UInt8(ascii: "\\") { escape() } else { put(byte) }
        }
    }

    private mutating func put(_ byte: UInt8) {
        unsafe out[count] = byte
        count += 1
    }

    private mutating func escape() {
        guard unsafe index < text.count else { return }
        let letter = unsafe text[index]
        index += 1
        switch letter {
        case UInt8(ascii: "n"): put(0x0a)
        case UInt8(ascii: "t"): put(0x09)
        case UInt8(ascii: "r"): put(0x0d)
        case UInt8(ascii: "b"): put(0x08)
        case UInt8(ascii: "f"): put(0x0c)
        case UInt8(ascii: "u"): put(scalar: codePoint())
        default: put(letter)
        }
    }

    private mutating func codePoint() -> UInt32 {
        let first = hex()
        guard first & 0xfc00 == 0xd800, unsafe index + 6 <= text.count, unsafe text[index] == UInt8(ascii: "\\"),
            unsafe text[index + 1] == UInt8(ascii: "u")
        else { return first }
        let afterFirst = index
        index += 2
        let second = hex()
        if second & 0xfc00 == 0xdc00 { return 0x10000 + (first & 0x3ff) << 10 + second & 0x3ff }
        index = afterFirst
        return first
    }

    private mutating func hex() -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 where unsafe index < text.count {
            let byte = unsafe text[index]
            index += 1
            value = value << 4 | UInt32(byte <= UInt8(ascii: "9") ? byte & 15 : byte & 15 + 9)
        }
        return value
    }

    private mutating func put(scalar value: UInt32) {
        let scalar = Unicode.Scalar(value) ?? "\u{fffd}"
        for byte in scalar.utf8 { put(byte) }
    }
}
