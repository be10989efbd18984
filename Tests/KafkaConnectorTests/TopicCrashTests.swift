import ConnectorKit
import Foundation
import Glibc
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Kafka topics are read once whenever the worker is killed") struct TopicCrashTests {
        private static let records = 100_000
        private let directory = TemporaryDirectory()
        private var folder: URL { URL(fileURLWithPath: directory.path) }

        /// Kills workers that read a topic, and says what the other end holds at last.
        private func crash(_ sink: String, seed: UInt64, readBack: String) async throws -> CrashVerdict {
            let broker = try #require(Broker.available.first)
            let servers = try await broker.servers()
            let input = try await Broker.fill(servers, partitions: 2, count: Self.records)
            // A killed member keeps its partitions until its session is over, unless it has a name to come back under.
            let pipeline = """
                { "name": "crash",
                  "source": { "connector": "kafka", "bootstrap.servers": "\(servers)", "group.id": "\(input)",
                              "topics": "\(input)", "kafka.group.instance.id": "one" },
                  "sinks": [ { \(sink) } ] }
                """
            try Data(pipeline.utf8).write(to: URL(fileURLWithPath: directory("pipeline.json")))
            var plan = CrashPlan(pipeline: "pipeline.json")
            plan.rounds = 20
            plan.seed = seed
            plan.longest = 200
            plan.patience = 60
            var run = try CrashRun(plan, in: folder)
            try run.run()
            #expect(run.killed >= 5, "too few workers were killed at work")
            return CrashVerdict(try Shell.run(readBack, in: folder).split(separator: "\n"), expected: Self.records)
        }

        @Test func topicIntoFiles() async throws {
            let verdict = try await crash(
                #""connector": "file", "path": "out/part-${sequence}.ndjson", "rotate.records": 700"#, seed: 1,
                readBack: "cat out/*.ndjson | tr -cd '0-9\\n'")
            #expect(verdict.passes(isExact: true), "\(verdict.summary)")
        }

        @Test func topicIntoPostgres() async throws {
            let server = try #require(try PipedServer.postgres(), "needs PostgreSQL; scripts/setup --tests installs it")
            let url = "postgresql://sluice:secret@/postgres?host=\(server.line)"
            let verdict = try await crash(
                #""connector": "postgres", "connection.url": "\#(url)", "auto.create": true, "table.name.format": "t""#,
                seed: 2, readBack: "psql -At '\(url)' -c 'SELECT n FROM t'")
            #expect(verdict.passes(isExact: true), "\(verdict.summary)")
        }
    }
}
