import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

@Suite(
    "Kafka's sink starts and stops in time, whatever the brokers do", .ownThread, .serialized, .timeLimit(.minutes(10)))
struct StopTests {
    /// Who does not answer.
    enum Peer: String, CaseIterable, Sendable {
        case silent, blackhole, nobody
    }

    /// Far beyond what a busy machine adds, and far below the limits of a client.
    private static let patience = Duration.seconds(25)

    @Test("a start ends by its deadline, and at once when it is to give up", arguments: Peer.allCases, [false, true])
    func start(_ peer: Peer, isExact: Bool) async throws {
        let blackhole = try Blackhole(connects: peer == .silent)
        let port = peer == .nobody ? try FreePort.find() : blackhole.port
        let json = "{\"bootstrap.servers\":\"127.0.0.1:\(port)\",\"topic\":\"t\",\"exactly.once\":\(isExact)}"
        let values = try ConfigValues(json: json, definition: KafkaSink.definition.config)
        for isStopped in [false, true] {
            let stop = StopSignal()
            if isStopped { stop.request() }
            let sink = KafkaSink.definition.make()
            let error = await #expect(throws: ConnectorError.self) {
                _ = try await sink.start(
                    SinkContext(config: values, stop: stop, deadline: isStopped ? nil : WorkerClock.system.monotonic))
            }
            try await sink.stop()
            #expect(error?.kind == .retriable && error?.message.contains("not waited for") == true)
        }
    }

    @Test("a worker whose brokers are gone stops in its time, and is not stuck", arguments: [false, true])
    func stopsWithoutBrokers(isExact: Bool) throws {
        let cluster = try MockCluster()
        cluster.create("t")
        let place = try Workplace()
        try place.write(
            """
            { "name": "p", "source": { "connector": "emulator", "kinds": "counter", "records.per.second": 500 },
              "sinks": [ { "connector": "kafka", "bootstrap.servers": "\(cluster.servers)", "topic": "t",
                "exactly.once": \(isExact), "positions.topic": "t" } ] }
            """, to: "p.json")
        let process = try place.start(["run", "p.json", "--state-path", "s.db"])
        while process.isRunning, try place.hasNoPosition() { usleep(20_000) }
        cluster.stopBroker()
        // Until something was given to a broker that is not there.
        while process.isRunning, !process.errorsSoFar.contains("Kafka reports a problem") { usleep(20_000) }
        let began = WorkerClock.system.monotonic
        process.signal(SIGTERM)
        let result = try process.wait()
        #expect(WorkerClock.system.monotonic - began < Self.patience)
        #expect(!result.errors.contains("STUCK"), "\(result.errors)")
    }

    @Test("a worker that never reached a broker stops at once")
    func stopsWhileStarting() throws {
        let place = try Workplace()
        try place.write(
            """
            { "name": "p", "source": { "connector": "emulator", "kinds": "counter" },
              "sinks": [ { "connector": "kafka", "bootstrap.servers": "127.0.0.1:\(try FreePort.find())", "topic": "t" } ] }
            """, to: "p.json")
        let process = try place.start(["run", "p.json", "--state-path", "s.db"])
        while process.isRunning, !process.errorsSoFar.contains("Kafka reports a problem") { usleep(20_000) }
        process.signal(SIGTERM)
        let result = try process.wait()
        #expect(!result.errors.contains("STUCK"), "\(result.errors)")
    }
}

extension Workplace {
    /// Whether nothing was committed yet.
    fileprivate func hasNoPosition() throws -> Bool {
        try !run(["offsets", "list", "--state-path", "s.db"]).output.contains("p")
    }
}

extension BrokerSuites {
    @Suite("What is left of a Kafka client at its end") struct ClientEndTests {
        @Test(
            "A topic that is deleted under a consumer does not keep it from its end",
            .enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
        func deletedTopic() async throws {
            let servers = try await Broker.apache.servers()
            let topic = Broker.name()
            let sink = try await SinkRun(
                servers, "\"topic\":\"\(topic)\",\"topic.creation.default.partitions\":3", pipeline: Broker.name("p"))
            try await sink.put(numbers(0..<30))
            await sink.close()
            let source = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(topic)\"")
            #expect(try await source.poll { $0.records.count == 30 })
            try ApacheKafka.shared.get()
                .run("kafka-topics.sh", [["--bootstrap-server", servers, "--delete", "--topic", topic]])
            let began = WorkerClock.system.monotonic
            await source.close()
            #expect(WorkerClock.system.monotonic - began < .seconds(20))
        }
    }
}
