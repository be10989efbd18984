/// Rewrites the dates and times within the text of an array, a range, a multirange or a composite value; from the sections "Array
/// Input and Output Syntax", "Range Input/Output" and "Composite Type Input and Output Syntax" of PostgreSQL's manual.
///
/// What is not written as those say is copied, for PostgreSQL to refuse it.
struct LiteralText {
    private let text: [UInt8]
    private var place = 0
    private var out: [UInt8] = []

    /// Why a date or time in it is refused.
    struct Fault: Error {
        let refusal: CalendarInput.Refusal
    }

    private init(_ text: [UInt8]) { self.text = text }

    /// The text for a column of a shape.
    static func rewritten(_ text: [UInt8], as shape: ValueShape) throws(Fault) -> [UInt8] {
        if !shape.hasCalendar { return text }
        if case .scalar(let form) = shape { return try scalar(text, form) }
        var literal = LiteralText(text)
        literal.copySpaces()
        try literal.read(shape)
        literal.out += text[literal.place...]
        return literal.out
    }

    private static func scalar(_ text: [UInt8], _ form: ValueForm) throws(Fault) -> [UInt8] {
        switch unsafe text.withUnsafeBytes({ unsafe CalendarInput.outcome(of: $0, for: form) }) {
        case .same: return text
        case .first(let count): return Array(text.prefix(count))
        case .text(let other): return Array(other.utf8)
        case .refused(let refusal): throw Fault(refusal: refusal)
        }
    }

    private mutating func read(_ shape: ValueShape) throws(Fault) {
        switch shape {
        case .scalar: return
        case .array(let element, let delimiter): try readArray(element, delimiter)
        case .range(let bound): try readRange(bound)
        case .multirange(let bound): try readMultirange(bound)
        case .composite(let fields): try readComposite(fields)
        }
    }

    private mutating func readArray(_ element: ValueShape, _ delimiter: UInt8) throws(Fault) {
        if byte == UInt8(ascii: "["), let equals = text[place...].firstIndex(of: UInt8(ascii: "=")) {
            copy(to: equals + 1)
        }
        while let byte {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "}"), delimiter: copy(to: place + 1)
            case 9...13, 32: copySpaces()
            default: try readPart(element, until: [delimiter, UInt8(ascii: "}"), UInt8(ascii: "{")], isElement: true)
            }
        }
    }

    private mutating func readRange(_ bound: ValueShape) throws(Fault) {
        guard byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(") else { return }
        copy(to: place + 1)
        let ends = Array(",])".utf8)
        try readPart(bound, until: ends)
        guard byte == UInt8(ascii: ",") else { return }
        copy(to: place + 1)
        try readPart(bound, until: ends)
    }

    private mutating func readMultirange(_ bound: ValueShape) throws(Fault) {
        while let byte {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(") { try readRange(bound) }
            if place < text.count { copy(to: place + 1) }
        }
    }

    private mutating func readComposite(_ fields: [ValueShape]) throws(Fault) {
        guard byte == UInt8(ascii: "(") else { return }
        for field in fields {
            copy(to: place + 1)
            try readPart(field, until: Array(",)".utf8))
            guard byte == UInt8(ascii: ",") else { return }
        }
    }

    /// Reads a part up to one of some bytes outside of quotes, and writes what it has become.
    private mutating func readPart(_ shape: ValueShape, until ends: [UInt8], isElement: Bool = false) throws(Fault) {
        let start = place
        var content: [UInt8] = []
        var isQuoted = false
        var hasQuotes = false
        while let byte, isQuoted || !ends.contains(byte) {
            place += 1
            if byte == UInt8(ascii: "\\"), let next = self.byte {
                content.append(next)
                place += 1
            } else if byte == UInt8(ascii: "\""), isQuoted, self.byte == byte {
                content.append(byte)
                place += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                hasQuotes = true
            } else {
                content.append(byte)
            }
        }
        let isNull = !hasQuotes && (isElement ? Self.isNull(content) : content.isEmpty)
        let rewritten = isNull ? content : try Self.rewritten(content, as: shape)
        if rewritten == content { out += text[start..<place] } else { quote(rewritten) }
    }

    private static func isNull(_ content: [UInt8]) -> Bool {
        content.count >= 4 && content.prefix(4).map { $0 | 0x20 } == Array("null".utf8)
            && content.dropFirst(4).allSatisfy { $0 == 32 || 9...13 ~= $0 }
    }

    private mutating func quote(_ content: [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in content {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }

    private var byte: UInt8? { place < text.count ? text[place] : nil }

    private mutating func copy(to end: Int) {
        out += text[place..<end]
        place = end
    }

    private mutating func copySpaces() {
        var end = place
        while end < text.count, text[end] == 32 || 9...13 ~= text[end] { end += 1 }
        copy(to: end)
    }
}
