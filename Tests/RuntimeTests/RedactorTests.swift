import FoundationEssentials
import Testing

@testable import Runtime

@Suite("Secrets in texts that are shown")
struct RedactorTests {
    @Test(
        "A secret is hidden in every spelling in which a server or a library gives it back",
        arguments: [
            ("p@ss/w=1", "login p@ss/w=1 refused"), ("p@ss/w=1", "GET /p%40ss%2Fw%3D1"),
            ("p@ss/w=1", "GET /p%40ss%2fw%3d1"),
            ("p@ss/w=1", "GET /p%40ss/w%3D1"), ("p%40ssw", "the password p@ssw"), ("quo\"te\\", #"{"p":"quo\"te\\"}"#),
            ("ends\r", "GET ends\r\nHost"), ("ends\r", "value ends, trimmed"), ("  spaced out ", "got 'spaced out'"),
            ("pass\u{1B}word", "was pass\\u001bword"), ("e\u{301}tude", "an e\u{301}tude"), ("abcd", "ABCDabcdABCD"),
            ("key\u{301}", "key\u{301}s"), ("path", "a/path\u{301}"),
        ])
    func spellings(_ secret: String, _ text: String) {
        let shown = Redactor([secret]).redact(text)
        #expect(shown.utf8.contains("[hidden]".utf8), "\(shown)")
        for part in [secret, "p@ss", "ends", "spaced out", "tude", "pass\\u001b"] {
            #expect(!shown.utf8.contains(part.utf8), "\(shown)")
        }
    }

    @Test("Basic authentication shows no password, whatever the length of the user's name", arguments: 1..<8)
    func basic(_ length: Int) {
        let pair = String(repeating: "u", count: length) + ":a-long-password!"
        let shown = Redactor(["a-long-password!"]).redact("Basic " + Data(pair.utf8).base64EncodedString())
        #expect(shown.contains("[hidden]"))
        let left = shown.split(separator: " ").last.map { $0.replacing("[hidden]", with: "") } ?? ""
        #expect(left.count <= (length + 1) * 4 / 3 + 6, "\(shown)")
    }

    @Test(
        "What is secret within a secret setting is hidden alone as well, and what an operator needs stays",
        arguments: [
            (
                "postgres://me:s3cr%40t@db:5432/shop?sslmode=require", "s3cr@t for me at db in shop: require",
                "[hidden] for me at db in shop: require"
            ),
            ("postgres://me:s3cr%40t@db/shop", "me:s3cr%40t@db", "[hidden]@db"),
            ("postgres://db/shop?password=hunter22", "user gave hunter22", "user gave [hidden]"),
            (
                "postgres://db/shop?sslmode=XYZZY", #"invalid sslmode value: "XYZZY""#,
                #"invalid sslmode value: "[hidden]""#
            ),
            ("host=db user=me password='hunter 22' dbname=shop", "db me shop 'hunter", "db me shop [hidden]"),
            ("host=db password=hunter22", "FATAL hunter22 host db", "FATAL [hidden] host db"),
            ("principal=a foo=SECRET", "unrecognized: foo=SECRET", "unrecognized: [hidden]"),
            ("a required username=\"me\" password=\"topsecret\";", "topsecret of me", "[hidden] of me"),
            ("mongodb://me:pw:with:colon@h1,h2/?authSource=admin", "pw:with:colon admin", "[hidden] admin"),
        ])
    func parts(_ secret: String, _ text: String, _ shown: String) {
        #expect(Redactor([secret]).redact(text) == shown)
    }

    @Test("Parts shorter than four bytes, and texts without a secret, stay")
    func short() {
        let redactor = Redactor(["abc", "é", "k=v", "http://u:pw@host"])
        #expect(redactor.redact("abc é v pw host k=v é") == "abc é v pw host k=v é")
    }

    @Test("The longer of two secrets goes first, and what overlaps is hidden once")
    func longest() {
        #expect(Redactor(["abcd", "abcdef", ""]).redact("abcdef abcd abcabcd") == "[hidden] [hidden] abc[hidden]")
    }
}

extension String.UTF8View {
    fileprivate func contains(_ other: String.UTF8View) -> Bool { Array(self).firstRange(of: Array(other)) != nil }
}
