/// Reads one value byte by byte until it finds what is wrong.
@safe
struct JSONFaultFinder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let maximumDepth: Int
    private var place = 0
    /// The closing brackets of the open containers.
    private var open: [UInt8] = []
    private var fault: JSONFault?

    private enum Next {
        case value
        case firstOf
        case member
        case separator
    }
    private var next = Next.value

    init(_ bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        unsafe self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    private var byte: UInt8? { unsafe place < bytes.count ? bytes[place] : nil }

    mutating func run(isAlone: Bool) -> JSONFault? {
        repeat {
            skipSpace()
            step()
        } while fault == nil && !(next == .separator && open.isEmpty)
        skipSpace()
        if isAlone && fault == nil && byte != nil { fail("the end after the value") }
        return fault
    }

    private mutating func step() {
        switch next {
        case .value: value()
        case .firstOf: first()
        case .member: member()
        case .separator: separator()
        }
    }

    private mutating func fail(_ expected: String) {
        guard fault == nil else { return }
        fault = JSONFault(offset: place, expected: expected, found: found)
    }

    private var found: String {
        guard let byte else { return "the end" }
        switch byte {
        case 0x21..<0x7f: return "'\(Character(Unicode.Scalar(byte)))'"
        case 0x20: return "a space"
        case 0x00..<0x20, 0x7f: return "control character 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        default: return character
        }
    }

    private var character: String {
        let rest = unsafe UnsafeBufferPointer(rebasing: bytes[place..<min(place + 4, bytes.count)])
        guard let scalar = unsafe String(decoding: rest, as: UTF8.self).unicodeScalars.first, scalar != "\u{feff}"
        else { return "a byte order mark" }
        return "'\(scalar)'"
    }

    private mutating func skipSpace() {
        while let byte, JSONScanner.isSpace(byte) { place += 1 }
    }
}

extension JSONFaultFinder {
    private mutating func value() {
        next = .separator
        switch byte {
        case UInt8(ascii: "{"): enter(UInt8(ascii: "}"))
        case UInt8(ascii: "["): enter(UInt8(ascii: "]"))
        case UInt8(ascii: "\""): string()
        case UInt8(ascii: "t"): word("true")
        case UInt8(ascii: "f"): word("false")
        case UInt8(ascii: "n"): word("null")
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): number()
        default: fail("a value")
        }
    }

    private mutating func enter(_ close: UInt8) {
        if open.count == maximumDepth { return fail("at most \(maximumDepth) levels of nesting") }
        place += 1
        open.append(close)
        next = .firstOf
    }

    private mutating func first() {
        if byte == open.last { return leave() }
        if open.last == UInt8(ascii: "]") { value() } else { member("a name in quotes or '}'") }
    }

    private mutating func leave() {
        place += 1
        open.removeLast()
        next = .separator
    }

    private mutating func member() { member("a name in quotes") }

    private mutating func member(_ expected: String) {
        guard byte == UInt8(ascii: "\"") else { return fail(expected) }
        string()
        skipSpace()
        guard fault == nil, byte == UInt8(ascii: ":") else { return fail("':' after a name") }
        place += 1
        next = .value
    }

    private mutating func separator() {
        if byte == open.last { return leave() }
        let isObject = open.last == UInt8(ascii: "}")
        guard byte == UInt8(ascii: ",") else {
            return fail(isObject ? "',' or '}' after a member" : "',' or ']' after an element")
        }
        place += 1
        next = isObject ? .member : .value
    }

    private mutating func string() {
        place += 1
        while let byte, byte != UInt8(ascii: "\"") {
            if byte < 0x20 { return fail("an escape for a control character in a string") }
            place += 1
            if byte == UInt8(ascii: "\\") { escape() }
            if fault != nil { return }
        }
        if byte == nil { return fail("'\"' at the end of a string") }
        place += 1
    }

    private mutating func escape() {
        switch byte {
        case UInt8(ascii: "u"):
            place += 1
            for _ in 0..<4 {
                guard let byte, JSONScanner.isHexDigit(byte) else { return fail("four hexadecimal digits after '\\u'") }
                place += 1
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            place += 1
        default: fail("one of \"\\/bfnrtu after a backslash")
        }
    }

    private mutating func word(_ word: StaticString) {
        for letter in word.description.utf8 {
            guard byte == letter else { return fail("\(word)") }
            place += 1
        }
        endScalar()
    }

    private mutating func number() {
        if byte == UInt8(ascii: "-") { place += 1 }
        if byte == UInt8(ascii: "0") { place += 1 } else { digits() }
        if byte == UInt8(ascii: ".") {
            place += 1
            digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            place += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { place += 1 }
            digits()
        }
        endScalar()
    }

    private mutating func digits() {
        guard let byte, JSONScanner.isDigit(byte) else { return fail("a digit") }
        while let byte = self.byte, JSONScanner.isDigit(byte) { place += 1 }
    }

    private mutating func endScalar() {
        if let byte, !JSONScanner.endsScalar(byte) { fail("the end of a number or word") }
    }
}
