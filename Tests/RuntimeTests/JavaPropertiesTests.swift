import ConnectorKit
import Testing

@testable import Runtime

@Suite("Java properties")
struct JavaPropertiesTests {
    @Test(
        "Separators, comments, continuations and escapes as java.util.Properties reads them",
        arguments: [
            ("a=1", ["a": "1"]), ("a: 1", ["a": "1"]), ("a 1", ["a": "1"]), ("  a  =  1 ", ["a": "1 "]),
            ("# no\n! no\na=#1", ["a": "#1"]), (#"a\=b=c"#, ["a=b": "c"]), ("a=b\\\n   c\nd=e", ["a": "bc", "d": "e"]),
            (#"a=\u0041\t\\x"#, ["a": "A\t\\x"]), ("a", ["a": ""]), ("a=1\r\na=2\r\n", ["a": "2"]),
            ("a=b\\\\\nc=d", ["a": "b\\", "c": "d"]),
            ("a=x\\\n#y", ["a": "x#y"]), ("", [:]),
        ])
    func reads(_ text: String, _ expected: [String: String]) {
        let members = JavaProperties.parse(text, file: nil).members ?? []
        let found = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.scalarText ?? "") })
        #expect(found == expected)
    }
}
