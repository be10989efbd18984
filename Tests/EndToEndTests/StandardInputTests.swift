import Foundation
import TestSupport
import Testing

@Suite("Records from the standard input", .ownThread)
struct StandardInputTests {
    private func run(_ command: String) throws -> SluiceProcess.Result {
        let place = try Workplace()
        try place.write(
            """
            { "name": "piped", "source": { "connector": "file", "path": "-", "format": "ndjson" },
              "sinks": [ { "connector": "stdout" } ] }
            """, to: "piped.json")
        return try SluiceProcess.run(
            ["-c", command + #" | "$0" run piped.json --once"#, SluiceProcess.executable.path], in: place.folder,
            program: URL(filePath: "/bin/sh"))
    }

    @Test("what a program writes in pieces is read to its end")
    func pieces() throws {
        let result = try run(#"{ printf '{"n":1}\n{"n"'; sleep 0.2; printf ':2}\n{"n":3}'; }"#)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n")
    }

    @Test("an end without a word is an end")
    func empty() throws {
        let result = try run(":")
        #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
    }

    @Test("what is no JSON ends the run with its place")
    func bad() throws {
        let result = try run(#"printf '{"n":1}\n{"n":}\n'"#)
        #expect(result.status == 1)
        #expect(result.errors.contains("-: line 2, column 6"), "\(result.errors)")
    }
}
