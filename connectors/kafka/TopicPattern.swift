import Glibc

/// A pattern of topics, which Kafka Connect takes as Java has them and librdkafka as POSIX does (extended).
///
/// What both have stays, what can be said in POSIX is, and the rest is a fault: the pattern would match nothing, in silence.
/// It has to match whole names, to which it makes no difference how much a quantifier takes first.
struct TopicPattern {
    /// The pattern in POSIX, of whole names, as librdkafka subscribes to it.
    var subscription: String { "^(\(posix))$" }
    /// What is wrong with it; nil when nothing is.
    private(set) var fault: String?
    private var posix = ""
    private var rest: Substring

    init(_ text: String) {
        rest = text[...]
        while fault == nil, let next = rest.popFirst() { take(next) }
        if fault == nil { fault = Self.refusal(of: subscription) }
    }

    private mutating func take(_ next: Character) {
        switch next {
        case "\\": takeEscape()
        case "[": takeClass()
        case "(": takeGroup()
        case "*", "+", "?", "}": takeQuantifier(next)
        default: posix.append(next)
        }
    }

    private static let classes: [Character: String] = ["d": "0-9", "w": "A-Za-z0-9_", "s": "[:space:]"]

    private mutating func takeEscape() {
        guard let next = rest.popFirst() else { return refuse("a backslash at its end") }
        if let members = Self.classes[next] {
            posix += "[\(members)]"
        } else if let others = Self.classes[Character(next.lowercased())] {
            posix += "[^\(others)]"
        } else if next.isLetter || next.isNumber {
            refuse("\\\(next)")
        } else {
            posix += ".[]{}()*+?|^$\\".contains(next) ? "\\\(next)" : "\(next)"
        }
    }

    private mutating func takeGroup() {
        posix.append("(")
        if rest.hasPrefix("?:") { return rest.removeFirst(2) }
        if rest.hasPrefix("?") { refuse("(\(rest.prefix(2))") }
    }

    private mutating func takeQuantifier(_ next: Character) {
        posix.append(next)
        if rest.hasPrefix("+") { return refuse("\(next)+") }
        if rest.hasPrefix("?") { rest.removeFirst() }
    }

    /// In POSIX a bracket belongs to a class when it is the first in it, a hyphen when it is the last, and a backslash is one.
    private mutating func takeClass() {
        let isNegated = rest.hasPrefix("^")
        if isNegated { rest.removeFirst() }
        var (members, escaped) = ("", Set<Character>())
        guard rest.contains("]") else { return refuse("a [ without its ]") }
        while let next = rest.popFirst(), next != "]" {
            if next == "[" || (next == "&" && rest.hasPrefix("&")) { return refuse("\(next) within [ ]") }
            guard next == "\\" else {
                members.append(next)
                continue
            }
            guard let meant = rest.popFirst() else { return refuse("a backslash at its end") }
            if let known = Self.classes[meant] {
                members += known
            } else if meant.isLetter || meant.isNumber {
                return refuse("\\\(meant) within [ ]")
            } else if "]^-".contains(meant) {
                escaped.insert(meant)
            } else {
                members.append(meant)
            }
        }
        let (first, last) = (escaped.contains("]") ? "]" : "", ["^", "-"].filter(escaped.contains))
        posix += "[\(isNegated ? "^" : "")\(first)\(members)\(String(last))]"
    }

    private mutating func refuse(_ what: String) {
        fault =
            "topics.regex holds \(what), which librdkafka's patterns (POSIX extended) do not have; expected letters, classes "
            + "such as [0-9], groups, |, and the quantifiers * + ? {n,m}"
    }

    /// What the C library, and so librdkafka, has against a pattern.
    private static func refusal(of pattern: String) -> String? {
        var compiled = unsafe regex_t()
        let code = unsafe regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB)
        guard code != 0 else {
            unsafe regfree(&compiled)
            return nil
        }
        var text = [CChar](repeating: 0, count: 128)
        unsafe _ = regerror(code, &compiled, &text, text.count)
        return "topics.regex is no pattern: \(cText(text))"
    }
}
