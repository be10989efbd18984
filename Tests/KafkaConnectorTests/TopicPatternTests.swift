import Testing

@testable import KafkaConnector

@Suite struct TopicPatternTests {
    @Test(arguments: [
        ("orders-.*", "orders-.*"), (#"orders-\d+"#, "orders-[0-9]+"), (#"\w{2,3}\.\D"#, #"[A-Za-z0-9_]{2,3}\.[^0-9]"#),
        ("(?:a|b)-(c)?", "(a|b)-(c)?"), (#"[\w.\-]+"#, "[A-Za-z0-9_.-]+"), (#"[^\d\]\s]"#, "[^]0-9[:space:]]"),
        ("a.*?b+?", "a.*b+"), (#"a\-b\_"#, "a-b_"), (#"[a\\]"#, #"[a\]"#),
    ])
    func isSaidInPOSIX(_ java: String, _ posix: String) {
        let pattern = TopicPattern(java)
        #expect(pattern.fault == nil)
        #expect(pattern.subscription == "^(\(posix))$")
    }

    @Test(arguments: [
        ("(?!test).*", "(?!"), ("(?i)orders", "(?i"), (#"\bt"#, #"\b"#), (#"(a)\1"#, #"\1"#), ("a*+", "*+"),
        (#"\p{Alpha}"#, #"\p"#), ("[a-z&&[^b]]", "& within [ ]"), ("a\\", "a backslash"), ("(a", "no pattern"),
        ("[z-a]", "no pattern"), ("*", "no pattern"), ("[a", "without its ]"),
    ])
    func isRefusedWhereItCannotBe(_ java: String, _ part: String) {
        #expect(TopicPattern(java).fault?.contains(part) == true, "\(TopicPattern(java))")
    }
}
