import Foundation

/// A server's start script of `Tests/StandIns` that prints one line when it is ready, and ends with its standard input.
public final class PipedServer: @unchecked Sendable {
    // `@unchecked`: set up in `init`.
    private let process = Process()
    private let input = Pipe()
    private let output: Pipe
    /// What it printed: a port or a folder.
    public let line: String

    /// The script ended before it printed anything.
    public struct StartError: Error {}

    /// Starts a PostgreSQL server; ``line`` is the folder of its socket. nil where PostgreSQL is not installed.
    public static func postgres() throws -> PipedServer? {
        guard (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))?.isEmpty == false else {
            return nil
        }
        return try PipedServer("/bin/sh", [StandIn.folder + "/postgres_server.sh"])
    }

    /// Starts a MongoDB server; ``line`` is its port. nil where `scripts/setup --tests` has not installed it.
    public static func mongodb() throws -> PipedServer? {
        guard FileManager.default.isExecutableFile(atPath: TestServers.python) else { return nil }
        return try PipedServer(TestServers.python, ["-B", StandIn.folder + "/mongodb_server.py"])
    }

    private init(_ program: String, _ arguments: [String]) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.output = output
        line = Self.line(of: output)
        if line.isEmpty { throw StartError() }
    }

    /// Stops PostgreSQL as a crash does and starts it again.
    public func restart() throws {
        input.fileHandleForWriting.write(Data("restart\n".utf8))
        if Self.line(of: output).isEmpty { throw StartError() }
    }

    private static func line(of pipe: Pipe) -> String {
        String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
