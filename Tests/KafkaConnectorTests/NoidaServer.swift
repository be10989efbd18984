import Foundation

/// noida-db speaking Kafka's protocol, transactions included, on a free loopback port: one server for all tests.
final class NoidaServer: @unchecked Sendable {
    // `@unchecked`: set up in `init`.
    static let shared = Result { try NoidaServer() }
    static let absence = "needs noida-db; scripts/setup --tests installs it"

    let servers: String
    let process: ServerProcess

    /// The server inside of the Python package that scripts/setup installs.
    static let program = TestServers.packages.map { "\($0)/noida_db/noida-db" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    init() throws {
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
