/// Reads the regular subset of Java's regular expressions (`java.util.regex.Pattern`).
///
/// Left out are the parts that a finite automaton cannot do (backreferences, lookaround, possessive and atomic groups)
/// and those nobody writes in a pipeline (class arithmetic, `\p{…}`); each is refused by name.
struct PatternParser {
    /// Groups within groups beyond this are refused.
    static let maximumDepth = 64
    /// Counts in braces beyond this are refused.
    static let maximumCount = 1000

    var scalars: ArraySlice<Unicode.Scalar>
    let count: Int
    var ignoresCase = false
    private var dotMatchesNewline = false

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)[...]
        count = scalars.count
    }

    static func parse(_ text: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(text)
        try parser.flags()
        let node = try parser.alternatives(depth: 0)
        if parser.take(")") { throw parser.fault("an opening ( is missing for this )") }
        return node
    }

    /// The error for what stands before the reading place.
    func fault(_ message: String) -> PatternError {
        PatternError(message: "\(message) (at character \(max(1, count - scalars.count)))")
    }

    mutating func take(_ text: String) -> Bool {
        guard scalars.starts(with: text.unicodeScalars) else { return false }
        scalars.removeFirst(text.unicodeScalars.count)
        return true
    }

    func literal(_ scalar: Unicode.Scalar) -> ScalarSet { folded(ScalarSet(scalar)) }

    func folded(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.foldingASCIICase : set }

    private mutating func flags() throws(PatternError) {
        guard scalars.starts(with: "(?".unicodeScalars), let close = scalars.firstIndex(of: ")") else { return }
        let letters = scalars[(scalars.startIndex + 2)..<close]
        guard !letters.isEmpty, letters.allSatisfy({ $0 == "i" || $0 == "s" }) else { return }
        ignoresCase = letters.contains("i")
        dotMatchesNewline = letters.contains("s")
        scalars = scalars[(close + 1)...]
    }

    private mutating func alternatives(depth: Int) throws(PatternError) -> PatternNode {
        guard depth <= Self.maximumDepth else { throw fault("groups are nested deeper than \(Self.maximumDepth)") }
        var branches: [PatternNode] = []
        repeat { branches.append(try sequence(depth: depth)) } while take("|")
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        if depth == 0 { while take("^") {} }
        while let scalar = scalars.first, scalar != "|", scalar != ")" {
            if depth == 0, isFinalAnchor { break }
            parts.append(contentsOf: try item(depth: depth))
        }
        if depth == 0 { while take("$") {} }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private var isFinalAnchor: Bool {
        let rest = scalars.drop { $0 == "$" }
        return rest.count < scalars.count && (rest.first ?? "|") == "|"
    }

    /// One part with its repetition; several for a quoted text, whose last character alone is repeated.
    private mutating func item(depth: Int) throws(PatternError) -> [PatternNode] {
        var parts = take("\\Q") ? quoted() : [try atom(depth: depth)]
        guard let last = parts.popLast() else { return [] }
        return parts + [try repeated(last)]
    }

    private mutating func quoted() -> [PatternNode] {
        var parts: [PatternNode] = []
        while !scalars.isEmpty, !take("\\E") { parts.append(.character(literal(scalars.removeFirst()))) }
        return parts
    }

    private mutating func atom(depth: Int) throws(PatternError) -> PatternNode {
        let scalar = scalars.removeFirst()
        switch scalar {
        case "(": return try group(depth: depth)
        case "[": return .character(try characterClass())
        case ".": return .character(dotMatchesNewline ? .anything : .withinLine)
        case "\\": return .character(folded(try escape()))
        case "*", "+", "?", "{":
            throw fault("there is nothing to repeat before \(scalar); to match it write \\\(scalar)")
        case "^", "$":
            throw fault("\(scalar) stands inside the pattern, which always covers the whole text; remove it")
        default: return .character(literal(scalar))
        }
    }

    private mutating func group(depth: Int) throws(PatternError) -> PatternNode {
        if take("?") {
            if take("<"), let first = scalars.first, first.properties.isAlphabetic {
                scalars = scalars.drop { $0 != ">" }.dropFirst()
            } else if !take(":") {
                throw fault("(?…) other than (?:…), (?<name>…) and (?i) or (?s) at the very start is not supported")
            }
        }
        let node = try alternatives(depth: depth + 1)
        guard take(")") else { throw fault("a closing ) is missing") }
        return node
    }

    private mutating func repeated(_ node: PatternNode) throws(PatternError) -> PatternNode {
        guard let (least, most) = try counts() else { return node }
        if take("+") { throw fault("possessive repetition is not supported; leave out the last +") }
        // Whether a repetition prefers few or many makes no difference to whether the whole text matches.
        _ = take("?")
        if let next = scalars.first, "*+?{".unicodeScalars.contains(next) {
            scalars.removeFirst()
            throw fault("there is nothing to repeat before \(next); to match it write \\\(next)")
        }
        return .repetition(node, least: least, most: most)
    }

    private mutating func counts() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        let least = try number()
        let most = take(",") ? (scalars.first == "}" ? nil : try number()) : least
        guard take("}"), most ?? least >= least else { throw fault("expected {n}, {n,} or {n,m} with m not below n") }
        return (least, most)
    }

    private mutating func number() throws(PatternError) -> Int {
        let digits = scalars.prefix { ("0"..."9").contains($0) }
        scalars = scalars.dropFirst(digits.count)
        guard let number = Int(String(String.UnicodeScalarView(digits))), number <= Self.maximumCount else {
            throw fault("expected a count from 0 to \(Self.maximumCount); to match { write \\{")
        }
        return number
    }
}
