import Foundation

/// noida-db speaking Kafka's protocol, transactions included, on a free loopback port: one server for all tests.
public final class NoidaServer: @unchecked Sendable {
    // `@unchecked`: set up in `init`.
    /// The one server.
    public static let shared = Result { try NoidaServer() }
    /// Why tests that need it are skipped.
    public static let absence = "needs noida-db; scripts/setup --tests installs it"

    /// For `bootstrap.servers`.
    public let servers: String
    /// The server's process.
    public let process: ServerProcess

    /// The server inside of the Python package that scripts/setup installs; nil when it is not there.
    public static let program = TestServers.packages.map { "\($0)/noida_db/noida-db" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Starts one.
    public init() throws {
        let folder = try ServerProcess.makeFolder()
        let port = ServerProcess.freePort()
        servers = "127.0.0.1:\(port)"
        process = try ServerProcess(
            [
                Self.program ?? "", "start", "--only", "kafka", "--kafka-port", "\(port)", "--data-dir",
                "\(folder)/data",
            ],
            in: folder)
    }
}
