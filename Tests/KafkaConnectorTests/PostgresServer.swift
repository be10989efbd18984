import Foundation
import TestSupport

/// A PostgreSQL server that ends with this object.
final class PostgresServer {
    static let isAvailable =
        (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))?.isEmpty == false
    static let absence = "needs a PostgreSQL server; scripts/setup --tests installs it"

    private let input = Pipe()
    let url: String

    init() throws {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["\(StandIn.folder)/postgres_server.sh"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let folder = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard !folder.isEmpty else { throw ServerProcess.StartError() }
        url = "postgresql://sluice:secret@/postgres?host=\(folder)&port=5432"
    }

    deinit { try? input.fileHandleForWriting.close() }
}
