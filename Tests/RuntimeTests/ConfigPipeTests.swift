import Foundation
import Testing

@testable import Runtime

@Suite("Configuration from a pipe", .timeLimit(.minutes(2)))
struct ConfigPipeTests {
    private let folder: ConfigFolder
    private let path: String

    init() throws {
        folder = try ConfigFolder()
        path = "\(folder.path)/pipeline.json"
        #expect(unsafe mkfifo(path, 0o600) == 0)
    }

    @Test("A pipe that nothing is written to is an error, not a wait without end")
    func silent() {
        #expect(folder.problems().first?.contains("is a pipe that nothing is written to") == true)
    }

    @Test("What a writer gives in pieces is read to its end")
    func pieces() {
        let path = path
        Thread.detachNewThread {
            guard let pipe = FileHandle(forWritingAtPath: path) else { return }
            for piece in [
                #"{"name": "p", "source": {"connector": "ticker"},"#, #" "sinks": [{"connector": "printer"}]}"#,
            ] {
                try? pipe.write(contentsOf: Data(piece.utf8))
                usleep(100_000)
            }
            try? pipe.close()
        }
        #expect(folder.problems().isEmpty)
    }
}
