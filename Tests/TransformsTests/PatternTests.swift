import Testing

@testable import Transforms

@Suite("Patterns")
struct PatternTests {
    @Test(
        "match a text as a whole",
        arguments: [
            ("abc", "abc", true), ("abc", "abcd", false), ("abc", "ab", false), ("a|b", "b", true),
            ("a|b", "ab", false),
            ("(foo|bar)+", "foobarfoo", true), ("(?:x)?y", "y", true), ("(?<n>x)y", "xy", true),
            ("a{2,3}", "aaaa", false),
            ("a{2}", "aa", true), ("a{2,}", "aaaaa", true), ("a{0}b", "b", true), ("a*?b", "aab", true),
            ("(a*)*", "aaa", true), ("(|a)b", "b", true), ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false),
            ("[]a]", "]", true), ("[a-]", "-", true), ("[\\d_]+", "1_2", true), ("\\D", "1", false),
            ("\\w\\W", "a ", true),
            ("\\s+\\S", " \t\nx", true), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("(?i)push", "PuSH", true),
            ("(?i)[^a]", "A", false), ("(?i)É", "é", false), ("a\\.b", "a.b", true), ("a\\.b", "axb", false),
            ("\\Qa.b*\\E+", "a.b**", true), ("\\x41\\u0042", "AB", true), ("\\t", "\t", true), ("^a$", "a", true),
            ("^a$|^b$", "b", true), (".", "é", true), (".", "👍", true), ("..", "é", false), ("[à-ü]", "é", true),
            ("[^a]", "👍", true), ("é+", "éé", true), ("a]}", "a]}", true), ("", "", false),
            ("\\u2028|.", "\u{2028}", true),
            (".", "\u{2028}", false), ("日本|.*語", "日本語", true),
        ])
    func match(_ pattern: String, _ text: String, _ isMatch: Bool) throws {
        guard !pattern.isEmpty else { return }
        #expect(try TextPattern(pattern).matches(text) == isMatch)
    }

    @Test("without special characters are compared, not run", arguments: ["PushEvent", "a\\.b", "\\Qx*\\E", "^x$"])
    func literal(_ pattern: String) throws {
        guard case .literal = try TextPattern(pattern).form else {
            Issue.record("\(pattern) is not taken for a literal")
            return
        }
    }

    @Test(
        "are refused with the place and the reason",
        arguments: [
            ("", "empty"), ("[", "closing ]"), ("[a", "closing ]"), ("(a", "closing )"), ("a)", "opening ("),
            ("*a", "nothing to repeat"), ("a**", "nothing to repeat"), ("a*+", "possessive"),
            ("(?=a)", "not supported"),
            ("(?<=a)b", "not supported"), ("(a)\\1", "backreferences"), ("\\bx", "\\b"), ("\\p{L}", "\\p"),
            ("a^b", "^"),
            ("a$b", "$"), ("[b-a]", "range"), ("[a[b]]", "class within"), ("[a&&b]", "&&"), ("a{3,2}", "{n,m}"),
            ("a{1001}", "1000"), ("a{", "count"), ("a\\", "backslash"), ("\\xZZ", "hexadecimal"),
            ("((a{1000}){1000}){1000}", "too long"), (".*a.{100}", "too many"),
        ])
    func refused(_ pattern: String, _ reason: String) {
        let error = #expect(throws: PatternError.self) { try TextPattern(pattern) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("refuse groups nested without end")
    func depth() {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: PatternError.self) { try TextPattern(deep) }
    }

    @Test("step over broken UTF-8 one byte at a time", arguments: [[0xC3], [0xFF], [0xE2, 0x82], [0xF0]] as [[UInt8]])
    func brokenText(_ bytes: [UInt8]) throws {
        #expect(try TextPattern(".*").matches(bytes.span))
        #expect(try !TextPattern("[a-z]*").matches(bytes.span))
    }
}
