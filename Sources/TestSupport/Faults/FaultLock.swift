import Foundation

/// A PostgreSQL session that keeps others from writing to the table, until it goes.
final class FaultLock {
    private let process = Process()
    private let input = Pipe()

    init(_ url: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "-XAtq", url]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data("BEGIN; LOCK TABLE t IN EXCLUSIVE MODE; SELECT 'locked';\n".utf8))
        _ = output.fileHandleForReading.availableData
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
