import Foundation
import Glibc

/// A MongoDB server whose acknowledged writes outlive SIGKILL; it ends with this object.
public final class DocumentServer: @unchecked Sendable {
    // `@unchecked`: a restart is asked for by one thread at a time.
    private let folder = TemporaryDirectory()
    private var process: ServerProcess
    /// Where it listens on 127.0.0.1.
    public let port: Int

    /// nil where `scripts/setup --tests` has not installed it.
    public init?() throws {
        guard FileManager.default.isExecutableFile(atPath: TestServers.python) else { return nil }
        port = ServerProcess.freePort()
        process = try Self.start(port, folder.path)
    }

    /// SIGKILL, and starts it again on its data; clients wait for it by themselves.
    public func restart() throws {
        process.end()
        process = try Self.start(port, folder.path)
    }

    private static func start(_ port: Int, _ folder: String) throws -> ServerProcess {
        try ServerProcess(
            [
                TestServers.python, "-B", StandIn.folder + "/mongodb_server.py", "--durable", "--port", "\(port)",
                "--folder", "\(folder)/data", "--forever",
            ], in: folder)
    }
}
