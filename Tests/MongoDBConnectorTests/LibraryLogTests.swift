import Foundation
import TestSupport
import Testing

@Suite("Messages of libmongoc")
struct LibraryLogTests {
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
