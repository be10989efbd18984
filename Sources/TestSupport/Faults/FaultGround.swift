import Foundation

/// The servers that scenarios run against, each member behind proxies of its own: one broker of Apache Kafka, and
/// PostgreSQL and MongoDB when a scenario first needs them.
///
/// A broker tells clients its address, so it listens once for each member and tells each its own proxy's.
public final class FaultGround: @unchecked Sendable {
    // `@unchecked`: one run at a time uses it.
    /// The most members that a scenario may have.
    public static let members = 3
    /// Where a member finds its servers.
    struct Address {
        let kafka: String
        let postgres: String
        let mongodb: String
    }

    let kafka: ApacheKafka
    private(set) lazy var postgres = Result { try Self.present(PipedServer.postgres(), "PostgreSQL") }
    private(set) lazy var mongodb = Result { try Self.present(DocumentServer(), "SecantusDB") }
    private let brokerProxies: [FaultProxy]
    private let sinkProxies: [FaultProxy]

    /// Starts the broker.
    public init() throws {
        let proxies = try (0..<Self.members).map { _ in try FaultProxy() }
        let ports = proxies.map { _ in ServerProcess.freePort() }
        brokerProxies = proxies
        sinkProxies = try (0..<Self.members).map { _ in try FaultProxy() }
        kafka = try ApacheKafka { plain, controller, _ in
            Self.properties(plain, controller, zip(ports, proxies.map(\.port)))
        }
        for (proxy, port) in zip(proxies, ports) { proxy.forward(to: .port(UInt16(port))) }
    }

    private static func present<Server>(_ server: Server?, _ name: String) throws -> Server {
        guard let server else { throw FaultError("\(name) is not installed; scripts/setup --tests installs it") }
        return server
    }

    private static func properties(_ plain: Int, _ controller: Int, _ members: Zip2Sequence<[Int], [UInt16]>) -> String
    {
        let own = members.enumerated().map { (name: "MEMBER\($0)", port: $1.0, proxy: $1.1) }
        let listeners = own.map { ",\($0.name)://127.0.0.1:\($0.port)" }.joined()
        let advertised = own.map { ",\($0.name)://127.0.0.1:\($0.proxy)" }.joined()
        let protocols = own.map { ",\($0.name):PLAINTEXT" }.joined()
        return """
            listeners=PLAINTEXT://127.0.0.1:\(plain),CONTROLLER://127.0.0.1:\(controller)\(listeners)
            advertised.listeners=PLAINTEXT://127.0.0.1:\(plain)\(advertised)
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\(protocols)
            inter.broker.listener.name=PLAINTEXT

            """
    }

    func address(of member: Int) -> Address {
        let sink = sinkProxies[member].port
        return Address(
            kafka: "127.0.0.1:\(brokerProxies[member].port)", postgres: "postgresql://sluice:secret@127.0.0.1:\(sink)",
            mongodb: "mongodb://127.0.0.1:\(sink)")
    }

    /// What stands between a member and its server.
    func proxy(_ member: Int, _ link: FaultStep.Link, of sink: FaultSink) -> FaultProxy {
        link == .sink && sink.hasServer ? sinkProxies[member] : brokerProxies[member]
    }

    /// Makes the place for a run's records, and lets the proxies lead to it.
    func prepare(_ run: String, _ scenario: FaultScenario, _ sink: FaultSink) throws {
        try topic("create", run, "\(scenario.stream.partitions)")
        switch sink {
        case .postgres:
            let server = try postgres.get()
            try Shell.run("psql -XAtq '\(maintenance("postgres"))' -c 'CREATE DATABASE \"\(run)\"'", in: Self.root)
            try Shell.run("psql -XAtq '\(maintenance(run))' -c '\(Self.table)'", in: Self.root)
            for proxy in sinkProxies { proxy.forward(to: .path("\(server.line)/.s.PGSQL.5432")) }
        case .mongodb:
            let server = try mongodb.get()
            for proxy in sinkProxies { proxy.forward(to: .port(UInt16(server.port))) }
        case .kafka, .kafkaPlain: try topic("create", "\(run)-out", "1")
        case .file: break
        }
        heal()
    }

    /// When a row was written is told by the server.
    private static let table = """
        CREATE TABLE t (n bigint, k text, s bigint, p bigint, t bigint, id bigserial, at timestamptz DEFAULT clock_timestamp())
        """
    static let root = URL(fileURLWithPath: "/tmp")

    /// Past the proxies.
    func maintenance(_ database: String) -> String {
        "postgresql://sluice:secret@/\(database)?host=\((try? postgres.get().line) ?? "")"
    }

    /// Ends all faults of the network.
    func heal() { for proxy in brokerProxies + sinkProxies { proxy.heal() } }

    /// Runs a command of `fault_topic.py` to its end and gives what it printed.
    @discardableResult
    func topic(_ command: String, _ topic: String, _ rest: String...) throws -> String {
        try Shell.run(([Self.python, kafka.servers, command, topic] + rest).joined(separator: " "), in: Self.root)
    }

    /// What `fault_documents.py` reads in a database.
    func documents(_ database: String) throws -> String {
        let script = "'\(TestServers.python)' -B '\(StandIn.folder)/fault_documents.py'"
        return try Shell.run("\(script) '\(try documentsURI())' \(database) read", in: Self.root)
    }

    /// Past the proxies.
    func documentsURI() throws -> String { "mongodb://127.0.0.1:\(try mongodb.get().port)/?directConnection=true" }

    private static let python = "'\(TestServers.python)' -B '\(StandIn.folder)/fault_topic.py'"

    /// Kills the sink's server and starts it again on its data.
    func restart(_ sink: FaultSink) throws {
        switch sink {
        case .postgres: try postgres.get().restart()
        case .mongodb: try mongodb.get().restart()
        default: try kafka.restart()
        }
    }
}

extension FaultSink {
    /// Whether it is neither files nor the broker.
    var hasServer: Bool { self == .postgres || self == .mongodb }
}

/// What kept a scenario from being run.
public struct FaultError: Error, CustomStringConvertible {
    /// One sentence.
    public let description: String
    init(_ description: String) { self.description = description }
}
