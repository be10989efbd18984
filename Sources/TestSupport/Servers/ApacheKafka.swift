import Foundation

/// Apache Kafka on free loopback ports, from the distribution that `KAFKA_HOME` names: one broker for all tests, which may
/// end and start it, since the suites that use it run one after another.
public final class ApacheKafka: @unchecked Sendable {
    // `@unchecked`: the process is changed by one test at a time.
    /// The folder of the distribution; nil when there is none.
    public static let home = ProcessInfo.processInfo.environment["KAFKA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    /// Why tests that need it are skipped.
    public static let absence = "needs Apache Kafka and Java 17; set KAFKA_HOME to the folder of a distribution"
    /// The one broker.
    public static let shared = Result { try ApacheKafka() }

    /// For `bootstrap.servers`.
    public let servers: String
    /// The broker's process.
    public private(set) var process: ServerProcess
    /// Where its data and logs are.
    public let folder: String

    /// Makes a data folder and starts a broker on it, which answers some seconds later.
    ///
    /// - Parameters:
    ///   - formatting: Options for the making of its data folder.
    ///   - extend: More properties, which win over these, for a broker with these two ports and this folder.
    public init(
        formatting: [String] = [],
        _ extend: (_ port: Int, _ controller: Int, String) throws -> String = { _, _, _ in "" }
    ) throws {
        folder = try ServerProcess.makeFolder()
        let (port, controller) = (ServerProcess.freePort(), ServerProcess.freePort())
        servers = "127.0.0.1:\(port)"
        let base = try String(contentsOfFile: "\(Self.home ?? "")/config/server.properties", encoding: .utf8)
        let own = try Self.properties(port, controller, folder) + extend(port, controller, folder)
        try (base + own)
            .write(toFile: "\(folder)/s.properties", atomically: true, encoding: .utf8)
        let format = ["format", "-t", "c2x1aWNlLXRlc3RzLTAwMQ", "-c", "\(folder)/s.properties"] + formatting
        try Self.run("kafka-storage.sh", [format], folder)
        process = try Self.start(folder)
    }

    /// Runs one of Kafka's own commands to its end, once with each of these arguments, all at the same time.
    public func run(_ command: String, _ calls: [[String]]) throws { try Self.run(command, calls, folder) }

    private static func run(_ name: String, _ calls: [[String]], _ folder: String) throws {
        let processes = try calls.map { arguments in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: command(name))
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment(folder)) { $1 }
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
        for process in processes { process.waitUntilExit() }
        guard processes.allSatisfy({ $0.terminationStatus == 0 }) else { throw ServerProcess.StartError() }
    }

    /// Ends the broker by SIGKILL and starts it on its data; clients wait for it by themselves.
    public func restart() throws {
        process.end()
        process = try Self.start(folder)
    }

    private static func start(_ folder: String) throws -> ServerProcess {
        try ServerProcess(
            [command("kafka-server-start.sh"), "\(folder)/s.properties"], in: folder, environment: environment(folder))
    }

    private static func command(_ name: String) -> String { "\(home ?? "")/bin/\(name)" }

    private static func environment(_ folder: String) -> [String: String] {
        ["LOG_DIR": folder, "KAFKA_HEAP_OPTS": "-Xmx384m -XX:TieredStopAtLevel=1"]
    }

    private static func properties(_ port: Int, _ controller: Int, _ folder: String) -> String {
        """

        listeners=PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controller)
        advertised.listeners=PLAINTEXT://127.0.0.1:\(port)
        controller.quorum.voters=1@127.0.0.1:\(controller)
        log.dirs=\(folder)/data
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=3
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=3
        transaction.abort.timed.out.transaction.cleanup.interval.ms=500
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=500
        broker.session.timeout.ms=4000
        broker.heartbeat.interval.ms=500

        """
    }
}
