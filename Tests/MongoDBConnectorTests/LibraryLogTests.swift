import Foundation
import TestSupport
import Testing

@Suite("Messages of libmongoc")
struct LibraryLogTests {
    @Test(
        "An option of the address that libmongoc would pass over is told, by its name alone", arguments: [true, false])
    func unknownOption(isKnown: Bool) throws {
        let pipeline = """
            { "name": "p", "source": { "connector": "emulator", "kinds": "counter" },
              "sinks": [ { "connector": "mongodb", "database": "d",
                           "connection.uri": "mongodb://u:secret@h/?\(isKnown ? "tls" : "tsl")=true" } ] }
            """
        let directory = TemporaryDirectory()
        try Data(pipeline.utf8).write(to: URL(fileURLWithPath: directory("p.json")))
        let result = try SluiceProcess.run(["validate", "p.json"], in: URL(fileURLWithPath: directory.path))
        #expect((result.status == 0) == isKnown, "\(result.errors)")
        #expect(result.errors.contains("the option tsl, which libmongoc does not know") == !isKnown)
        #expect(!result.errors.contains("secret"))
    }

    @Test("A counter file that a killed process of the same id left behind is not told of")
    func leftBehind() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-shm-\(UUID().uuidString)")
        let script = """
            file=/dev/shm/mongoc-$$; : > "$file"; echo "$file" > "$1"
            exec "$0" plugins describe mongodb
            """
        let result = try SluiceProcess.run(
            ["-c", script, SluiceProcess.executable.path, file.path], in: FileManager.default.temporaryDirectory,
            program: URL(fileURLWithPath: "/bin/sh"))
        let left = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        defer { for path in [left, file.path] { try? FileManager.default.removeItem(atPath: path) } }
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    }
}
