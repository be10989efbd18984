/// Finds where a query ends: before the semicolons, blanks and comments behind it.
struct QueryText {
    private let bytes: [UInt8]
    private var place = 0
    private var end = 0

    /// The query without what stands behind it; a semicolon within it stays.
    static func trimmed(_ query: String) -> String {
        var text = QueryText(bytes: Array(query.utf8))
        while text.place < text.bytes.count { text.step() }
        return String(decoding: text.bytes[..<text.end], as: UTF8.self)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func step() {
        switch bytes[place] {
        case UInt8(ascii: " "), 9...13, UInt8(ascii: ";"): place += 1
        case UInt8(ascii: "-") where follows("--"): place = index(behind: [10], from: place)
        case UInt8(ascii: "/") where follows("/*"): skipComment()
        case UInt8(ascii: "'"): keep(to: quoteEnd(UInt8(ascii: "'"), escapes: isEscapeString))
        case UInt8(ascii: "\""): keep(to: quoteEnd(UInt8(ascii: "\""), escapes: false))
        case UInt8(ascii: "$"): keep(to: dollarEnd())
        default: keep(to: place + 1)
        }
    }

    private mutating func keep(to next: Int) {
        place = next
        end = next
    }

    private func follows(_ text: StaticString) -> Bool {
        bytes[place...].prefix(text.utf8CodeUnitCount).elementsEqual(text.description.utf8)
    }

    /// The place behind the next of these bytes, or the end.
    private func index(behind text: [UInt8], from start: Int) -> Int {
        bytes[start...].firstRange(of: text)?.upperBound ?? bytes.count
    }

    /// Comments of this form hold others.
    private mutating func skipComment() {
        var depth = 0
        repeat {
            if follows("/*") {
                depth += 1
                place += 2
            } else if follows("*/") {
                depth -= 1
                place += 2
            } else {
                place += 1
            }
        } while depth > 0 && place < bytes.count
    }

    private func quoteEnd(_ quote: UInt8, escapes: Bool) -> Int {
        var next = place + 1
        while next < bytes.count, bytes[next] != quote {
            next += escapes && bytes[next] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(next + 1, bytes.count)
    }

    /// Whether the quote here begins a text with backslash escapes, as in `E'…'`.
    private var isEscapeString: Bool {
        guard place > 0, bytes[place - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return place == 1 || !Self.isInName(bytes[place - 2])
    }

    /// Behind a text between `$tag$` and `$tag$`, or behind a dollar that begins none.
    private func dollarEnd() -> Int {
        let tag = bytes[(place + 1)...].prefix { Self.isInName($0) }
        let behind = place + 1 + tag.count
        let isName = place > 0 && Self.isInName(bytes[place - 1])
        guard !isName, behind < bytes.count, bytes[behind] == UInt8(ascii: "$") else { return place + 1 }
        return index(behind: Array(bytes[place...behind]), from: behind + 1)
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (48...57).contains(byte) || (97...122).contains(byte | 0x20)
    }
}
