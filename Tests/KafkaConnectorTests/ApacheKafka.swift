import Foundation
import TestSupport

/// Apache Kafka as a child process on free loopback ports, from the distribution that `KAFKA_HOME` names.
final class ApacheKafka {
    static let home = ProcessInfo.processInfo.environment["KAFKA_HOME"]
    static let absence = "needs Apache Kafka; set KAFKA_HOME to the folder of a distribution"

    /// The broker did not come up.
    struct StartError: Error {}

    let servers: String
    private let folder = TemporaryDirectory()
    private var process: Process?
    private var input: Pipe?

    init() throws {
        let (port, controller) = (Self.freePort(), Self.freePort())
        servers = "127.0.0.1:\(port)"
        let home = Self.home ?? ""
        let base = try String(contentsOfFile: "\(home)/config/server.properties", encoding: .utf8)
        let own = """

            listeners=PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controller)
            advertised.listeners=PLAINTEXT://127.0.0.1:\(port)
            controller.quorum.voters=1@127.0.0.1:\(controller)
            log.dirs=\(folder("data"))
            auto.create.topics.enable=false
            offsets.topic.replication.factor=1
            group.initial.rebalance.delay.ms=0
            """
        try (base + own).write(toFile: folder("s.properties"), atomically: true, encoding: .utf8)
        let script = "\"$0/bin/kafka-storage.sh\" format -t \"$(\"$0/bin/kafka-storage.sh\" random-uuid)\" -c \"$1\""
        let format = Self.shell(script, home, folder("s.properties"), folder("format.log"))
        try format.run()
        format.waitUntilExit()
        guard format.terminationStatus == 0 else { throw StartError() }
        try start()
    }

    deinit { kill() }

    /// Starts the broker on its data; clients wait for it by themselves.
    func start() throws {
        let process = Self.shell(
            "\"$0/bin/kafka-server-start.sh\" \"$1\" & broker=$!; cat > /dev/null; kill -9 $broker; wait $broker",
            Self.home ?? "", folder("s.properties"), folder("server.log"))
        let input = Pipe()
        process.standardInput = input
        try process.run()
        (self.process, self.input) = (process, input)
    }

    /// SIGKILL. It dies with this process too, since its shell watches a pipe.
    func kill() {
        try? input?.fileHandleForWriting.close()
        process?.waitUntilExit()
        (process, input) = (nil, nil)
    }

    private static func shell(_ script: String, _ home: String, _ file: String, _ log: String) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec > \"$2\" 2>&1; " + script, home, file, log]
        var environment = ProcessInfo.processInfo.environment
        environment["LOG_DIR"] = (log as NSString).deletingLastPathComponent
        process.environment = environment
        return process
    }

    private static func freePort() -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe _ = bind(socket, raw, size)
                unsafe _ = getsockname(socket, raw, &size)
            }
            return Int(UInt16(bigEndian: unsafe pointer.pointee.sin_port))
        }
    }
}
