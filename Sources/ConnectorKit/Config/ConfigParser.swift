/// Reads a JSON text (RFC 8259) into located values, for configuration files: strict, small, bounded.
///
/// A name that stands twice in one object is refused, since one of the two would be ignored in silence.
public struct ConfigParser {
    /// Nesting beyond this is refused.
    static let maximumDepth = 64

    private let text: [UInt8]
    private let file: String?
    private var index = 0
    private var line = 1
    private var lineStart = 0
    /// The characters of the line before a place, so that each is counted once.
    private var counted = (index: 0, characters: 0)

    private init(_ text: String, file: String?) {
        self.text = Array(text.utf8)
        self.file = file
    }

    /// Reads one JSON value and nothing after it.
    public static func parse(_ text: String, file: String? = nil) throws(ConfigProblem) -> ConfigNode {
        var parser = ConfigParser(text, file: file)
        parser.skipSpace()
        let node = try parser.value(pointer: "", depth: 0)
        parser.skipSpace()
        if parser.index < parser.text.count { throw parser.unexpected("the end of the file") }
        return node
    }

    private mutating func location(_ pointer: String) -> ConfigLocation {
        if counted.index < lineStart { counted = (lineStart, 0) }
        let end = min(index, text.count)
        counted.characters += text[counted.index..<end].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        counted.index = end
        return ConfigLocation(file: file, line: line, column: counted.characters + 1, pointer: pointer)
    }

    private mutating func unexpected(_ expected: String) -> ConfigProblem {
        guard index < text.count else {
            return ConfigProblem("the file ends where \(expected) was expected", at: location(""))
        }
        let found = text[index]
        let shown =
            found > 0x20 && found < 0x7F
            ? "'\(Character(Unicode.Scalar(found)))'" : "byte 0x\(String(found, radix: 16))"
        return ConfigProblem("found \(shown) where \(expected) was expected", at: location(""))
    }

    private var current: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
            if byte == 0x0A {
                line += 1
                lineStart = index
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func value(pointer: String, depth: Int) throws(ConfigProblem) -> ConfigNode {
        let place = location(pointer)
        guard depth <= Self.maximumDepth else {
            throw ConfigProblem("values are nested deeper than \(Self.maximumDepth) levels", at: place)
        }
        switch current {
        case UInt8(ascii: "{"): return ConfigNode(.object(try members(pointer: pointer, depth: depth)), at: place)
        case UInt8(ascii: "["): return ConfigNode(.array(try elements(pointer: pointer, depth: depth)), at: place)
        case UInt8(ascii: "\""): return ConfigNode(.string(try string()), at: place)
        case UInt8(ascii: "t"): return ConfigNode(try word("true", .bool(true)), at: place)
        case UInt8(ascii: "f"): return ConfigNode(try word("false", .bool(false)), at: place)
        case UInt8(ascii: "n"): return ConfigNode(try word("null", .null), at: place)
        case .some(let byte) where byte == UInt8(ascii: "-") || byte &- 0x30 < 10:
            return ConfigNode(.number(try number()), at: place)
        default: throw unexpected("a JSON value")
        }
    }

    private mutating func members(pointer: String, depth: Int) throws(ConfigProblem) -> [ConfigMember] {
        var members: [ConfigMember] = []
        var names: Set<String> = []
        index += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw unexpected("a name in double quotes") }
            let start = location("")
            let name = try string()
            let escaped = name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
                .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
            let path = pointer + "/" + escaped
            let place = ConfigLocation(file: file, line: start.line, column: start.column, pointer: path)
            guard names.insert(name).inserted else {
                throw ConfigProblem("\"\(name)\" stands twice in this object; remove one of them", at: place)
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':' after the name \"\(name)\"") }
            skipSpace()
            let value = try value(pointer: path, depth: depth + 1)
            members.append(ConfigMember(name: name, nameLocation: place, value: value))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
        return members
    }

    private mutating func elements(pointer: String, depth: Int) throws(ConfigProblem) -> [ConfigNode] {
        var elements: [ConfigNode] = []
        index += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            skipSpace()
            elements.append(try value(pointer: "\(pointer)/\(elements.count)", depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        return elements
    }

    private mutating func word(
        _ word: StaticString, _ content: ConfigNode.Content
    ) throws(ConfigProblem) -> ConfigNode.Content {
        for byte in word.description.utf8 {
            guard take(byte) else { throw unexpected("'\(word)'") }
        }
        return content
    }

    private mutating func number() throws(ConfigProblem) -> String {
        let start = index
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: text[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(ConfigProblem) {
        let start = index
        while let byte = current, byte &- 0x30 < 10 { index += 1 }
        if index == start { throw unexpected("a digit") }
    }

    private mutating func string() throws(ConfigProblem) -> String {
        index += 1
        var bytes: [UInt8] = []
        while true {
            guard let byte = current, byte >= 0x20 else { throw unexpected("'\"' at the end of the string") }
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") { try escape(into: &bytes) } else { bytes.append(byte) }
        }
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]

    private mutating func escape(into bytes: inout [UInt8]) throws(ConfigProblem) {
        guard let byte = current else { throw unexpected("an escape sequence") }
        if let plain = Self.simpleEscapes[byte] {
            index += 1
            bytes.append(plain)
            return
        }
        guard take(UInt8(ascii: "u")) else { throw unexpected("one of \" \\ / b f n r t u after the backslash") }
        var units = [try hexUnit()]
        if units[0] & 0xFC00 == 0xD800, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            units.append(try hexUnit())
        }
        bytes += Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private mutating func hexUnit() throws(ConfigProblem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("a hexadecimal digit")
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }
}
