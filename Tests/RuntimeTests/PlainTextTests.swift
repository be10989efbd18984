import ConnectorKit
import Synchronization
import Testing

@testable import Runtime

@Suite("Text that steers nothing")
struct PlainTextTests {
    @Test(
        "What steers a terminal or turns text round is shown as an escape",
        arguments: [
            ("plain é 漢 🙂 e\u{301}", "plain é 漢 🙂 e\u{301}"), ("\u{1B}[2J\u{7}", "\\u001b[2J\\u0007"),
            ("a\r\n\tb", "a\\r\\n\\tb"),
            ("\u{9B}31m\u{7F}", "\\u009b31m\\u007f"),
            ("a\u{202E}b\u{2066}\u{200F}\u{61C}", "a\\u202eb\\u2066\\u200f\\u061c"),
            ("\u{2028}\u{2029}", "\\u2028\\u2029"), ("\0", "\\u0000"),
        ])
    func escapes(_ text: String, _ plain: String) {
        #expect(Array(text.escapingControls().utf8) == Array(plain.utf8))
    }

    @Test("Line breaks and tabs stay where they are wanted, a carriage return does not")
    func lines() { #expect("a\n\tb\r\n".escapingControls(keepsLines: true) == "a\n\tb\\r\n") }

    @Test("A message of the log is one line and has no control character", arguments: WorkerConfig.LogFormat.allCases)
    func log(_ format: WorkerConfig.LogFormat) throws {
        let lines = Mutex<[String]>([])
        let writer = LogWriter(
            format: format, redactor: Redactor(), output: { line in lines.withLock { $0.append(line) } })
        writer.log(minimum: .debug).with(("table\u{1B}", "a\u{9B}\u{202E}b")).error("server: \u{1B}]0;x\u{7}\nsecond")
        let line = try #require(lines.withLock { $0 }.first)
        #expect(line.escapingControls() == line && line.contains("\\u202e") && line.contains("\\u001b"))
        if format == .json { #expect(throws: Never.self) { try ConfigParser.parse(line) } }
    }
}
