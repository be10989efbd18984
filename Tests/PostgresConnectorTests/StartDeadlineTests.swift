import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite(
    "A start that does not get through to PostgreSQL ends by its deadline", .ownThread, .serialized,
    .timeLimit(.minutes(5)))
struct StartDeadlineTests {
    /// Who does not answer.
    enum Peer: String, CaseIterable, Sendable {
        case silent, blackhole
    }

    /// Far beyond what a busy machine adds, and far below the time limits of a connection.
    private static let patience = Duration.seconds(150)

    private func failure(
        at port: UInt16, isSource: Bool, deadline: Duration?, stop: StopSignal = StopSignal()
    ) async throws -> (error: ConnectorError?, time: Duration) {
        let began = WorkerClock.system.monotonic
        let url = "\"connection.url\":\"postgresql://127.0.0.1:\(port)/db\",\"connection.timeout.ms\":300000"
        let clock = WorkerClock.system
        let end = deadline.map { clock.monotonic + $0 }
        let error = await #expect(throws: ConnectorError.self) {
            if isSource {
                let json = "{\(url),\"table.whitelist\":\"t\",\"mode\":\"bulk\"}"
                let values = try ConfigValues(json: json, definition: PostgresSource.definition.config)
                try await PostgresSource.definition.make().start(
                    SourceContext(config: values, stop: stop, deadline: end))
            } else {
                let json = "{\(url),\"table.name.format\":\"t\"}"
                let values = try ConfigValues(json: json, definition: PostgresSink.definition.config)
                _ = try await PostgresSink.definition.make().start(
                    SinkContext(config: values, stop: stop, deadline: end))
            }
        }
        return (error, WorkerClock.system.monotonic - began)
    }

    @Test("whoever does not answer, and says so", arguments: Peer.allCases, [false, true])
    func deadline(_ peer: Peer, isSource: Bool) async throws {
        let blackhole = try Blackhole(connects: peer == .silent)
        let (error, time) = try await failure(at: blackhole.port, isSource: isSource, deadline: .milliseconds(500))
        #expect(error?.kind == .retriable && error?.message.contains("before the start was to be done") == true)
        #expect(time < Self.patience)
    }

    @Test("and at once when it is to give up", arguments: [false, true])
    func stopped(isSource: Bool) async throws {
        let blackhole = try Blackhole()
        let stop = StopSignal()
        stop.request()
        let (error, time) = try await failure(at: blackhole.port, isSource: isSource, deadline: nil, stop: stop)
        #expect(error?.kind == .retriable && time < Self.patience)
    }
}
