import ConnectorKit
import Synchronization
import TestSupport
import Testing

@testable import KafkaConnector

/// The servers that have transactions.
enum Broker: String, CaseIterable, CustomTestStringConvertible {
    case noida
    case apache

    /// Those that are here.
    static let available = allCases.filter(\.isAvailable)

    var isAvailable: Bool { self == .noida ? NoidaServer.program != nil : ApacheKafka.home != nil }
    var testDescription: String { rawValue }

    /// Where it listens; the first call waits until it answers.
    func servers() async throws -> String {
        let servers = try self == .noida ? NoidaServer.shared.get().servers : ApacheKafka.shared.get().servers
        try await Self.awaitAnswer(of: servers)
        return servers
    }

    /// The server itself.
    func process() throws -> ServerProcess {
        try self == .noida ? NoidaServer.shared.get().process : ApacheKafka.shared.get().process
    }

    /// Waits until a broker answers.
    static func awaitAnswer(of servers: String) async throws {
        for _ in 0..<20 {
            do { return await (try SinkRun(servers)).close() } catch let error as ConnectorError {
                guard error.kind == .retriable else { throw error }
            }
        }
    }

    /// A topic with numbers from 0.
    static func fill(_ servers: String, partitions: Int, count: Int) async throws -> String {
        let topic = name("input")
        let sink = try await SinkRun(
            servers,
            "\"topic\":\"\(topic)\",\"kafka.sticky.partitioning.linger.ms\":\"0\",\"linger.ms\":0,\"topic.creation.default.partitions\":\(partitions)"
        )
        for start in stride(from: 0, to: count, by: 1000) { try await sink.put(numbers(start..<(start + 1000))) }
        await sink.close()
        return topic
    }

    private static let number = Atomic<Int>(0)

    /// A name of a test's own.
    static func name(_ kind: String = "t") -> String {
        "\(kind)\(number.add(1, ordering: .relaxed).newValue)"
    }
}

/// Suites that share servers, and may end and stop them: one test after another.
@Suite(
    "Kafka brokers", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: !Broker.available.isEmpty, "\(NoidaServer.absence), or \(ApacheKafka.absence)"))
enum BrokerSuites {}
