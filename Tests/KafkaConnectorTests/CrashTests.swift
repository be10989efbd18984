import ConnectorKit
import Foundation
import Glibc
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Kafka records are written once whenever the worker is killed") struct CrashTests {
        private let directory = TemporaryDirectory()
        private let topic = Broker.name()

        private func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: directory(name)))
        }

        /// A pipeline into `topic`, exactly once.
        private func prepare(_ servers: String, source: String, name: String) throws {
            try write(#"{"offset.flush.interval.ms": 20, "state.path": "\#(name).db"}"#, "\(name)-worker.json")
            let pipeline = """
                { "name": "\(name)", "source": { \(source) },
                  "sinks": [ { "connector": "kafka", "bootstrap.servers": "\(servers)", "topic": "\(topic)",
                               "topic.creation.default.partitions": 1, "exactly.once": true } ] }
                """
            try write(pipeline, "\(name).json")
        }

        private func start(_ name: String, _ options: [String] = ["--once"]) throws -> SluiceProcess {
            try SluiceProcess(
                ["run", "\(name).json", "--worker", "\(name)-worker.json"] + options,
                in: URL(fileURLWithPath: directory.path))
        }

        /// Kills workers at random moments, then lets one come to the end.
        private func killAndFinish(_ name: String, rounds: Int, within time: UInt32) throws {
            var random = SystemRandomNumberGenerator()
            var killed = 0
            for _ in 0..<rounds {
                let process = try start(name)
                usleep(UInt32.random(in: 0..<time, using: &random))
                process.signal(SIGKILL)
                if try process.wait().status == -SIGKILL { killed += 1 }
            }
            let last = try start(name).wait()
            #expect(last.status == 0, "\(last.errors)")
            #expect(killed > rounds / 2)
        }

        private func committed(_ servers: String) async throws -> [String] {
            let source = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(topic)\"")
            try await source.drain()
            await source.close()
            return source.records.map(\.value)
        }

        @Test(arguments: Broker.available)
        func countersIntoKafka(_ broker: Broker) async throws {
            let servers = try await broker.servers()
            let name = Broker.name("crash")
            let source = """
                "connector": "emulator", "kinds": "counter", "max.records": 20000, "records.per.second": 6000
                """
            try prepare(servers, source: source, name: name)
            try killAndFinish(name, rounds: 30, within: 500_000)
            let values = try await committed(servers)
            #expect(values.count == 20000, "records were lost or doubled")
            #expect(Set(values).count == 20000)
        }
    }
}
