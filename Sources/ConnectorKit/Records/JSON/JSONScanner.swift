/// The smallest pieces of JSON's grammar (RFC 8259).
enum JSONScanner {
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Whether a byte may stand right after a number or a word.
    @inline(__always)
    static func endsScalar(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || isSpace(byte)
    }

    /// The end of the number at `start`; nil when there is none. Some byte after the text must end it.
    @inline(__always)
    static func numberEnd(_ text: ArenaText, from start: Int, _ isFractional: inout Bool) -> Int? {
        var place = start
        if text[place] == UInt8(ascii: "-") { place &+= 1 }
        if text[place] == UInt8(ascii: "0") {
            place &+= 1
        } else if !skipDigits(text, &place) {
            return nil
        }
        if text[place] == UInt8(ascii: ".") {
            isFractional = true
            place &+= 1
            guard skipDigits(text, &place) else { return nil }
        }
        if text[place] | 0x20 == UInt8(ascii: "e") {
            isFractional = true
            place &+= 1
            if text[place] == UInt8(ascii: "+") || text[place] == UInt8(ascii: "-") { place &+= 1 }
            guard skipDigits(text, &place) else { return nil }
        }
        return place
    }

    @inline(__always)
    private static func skipDigits(_ text: ArenaText, _ place: inout Int) -> Bool {
        guard isDigit(text[place]) else { return false }
        repeat { place &+= 1 } while isDigit(text[place])
        return true
    }

    /// The length of the escape at `place`; 0 when it is none.
    @inline(__always)
    static func escapeLength(_ text: ArenaText, at place: Int) -> Int {
        switch text[place &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            for digit in place &+ 2..<place &+ 6 where !isHexDigit(text[digit]) { return 0 }
            return 6
        default:
            return 0
        }
    }

    static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

    /// Whether a text is a number and nothing else.
    static func isNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8) + [0]
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            var isFractional = false
            let end = unsafe numberEnd(ArenaText(start), from: 0, &isFractional)
            return end == bytes.count - 1
        }
    }
}
