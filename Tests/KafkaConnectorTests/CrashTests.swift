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

        /// A pipeline into `topic`, exactly once. A killed worker that does not come back leaves a transaction open, which
        /// keeps readers from what follows until it is over.
        private func prepare(_ servers: String, source: String, name: String) throws {
            try write(#"{"offset.flush.interval.ms": 1, "state.path": "\#(name).db"}"#, "\(name)-worker.json")
            let pipeline = """
                { "name": "\(name)", "source": { \(source) },
                  "sinks": [ { "connector": "kafka", "bootstrap.servers": "\(servers)", "topic": "\(topic)",
                               "topic.creation.default.partitions": 1, "exactly.once": true,
                               "transaction.timeout.ms": 5000 } ] }
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
            var random = SplitMix(seed: 1)
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
                "connector": "emulator", "kinds": "counter", "max.records": 20000, "records.per.second": 2000
                """
            try prepare(servers, source: source, name: name)
            try killAndFinish(name, rounds: 30, within: 1_200_000)
            let values = try await committed(servers)
            #expect(values.count == 20000, "records were lost or doubled")
            #expect(Set(values).count == 20000)
        }

        /// A killed member keeps its partitions until its session is over, which is short here.
        private func source(_ servers: String, _ input: String) -> String {
            """
            "connector": "kafka", "bootstrap.servers": "\(servers)", "group.id": "\(input)", "topics": "\(input)",
            "kafka.session.timeout.ms": "600", "kafka.heartbeat.interval.ms": "100"
            """
        }

        @Test(.enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
        func topicIntoTopic() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 2, count: 60000)
            let name = Broker.name("copy")
            try prepare(servers, source: source(servers, input), name: name)
            try killAndFinish(name, rounds: 10, within: 2_000_000)
            let values = try await committed(servers)
            #expect(values.count == 60000, "records were lost or doubled")
            #expect(Set(values).count == 60000)
        }

        @Test(.enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
        func oneOfTwoWorkersOfAGroup() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 4, count: 20000)
            let names = [Broker.name("member"), Broker.name("member")]
            for name in names { try prepare(servers, source: source(servers, input), name: name) }
            let creating = "\"topic\":\"\(topic)\",\"topic.creation.default.partitions\":1"
            try await SinkRun(servers, creating).put(numbers(0..<1))
            let workers = try names.map { try start($0, []) }
            defer { for worker in workers { worker.signal(SIGKILL) } }
            let reader = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(topic)\"")
            #expect(try await reader.poll { $0.records.count > 1 })
            workers[0].signal(SIGKILL)
            let more = try await SinkRun(servers, "\"topic\":\"\(input)\",\"partitioner\":\"random\",\"linger.ms\":0")
            try await more.put(numbers(20000..<21000))
            #expect(try await reader.poll { Set($0.records.map(\.value)).count == 21000 })
            #expect(workers[1].isRunning, "\(workers[1].errorsSoFar)")
            await reader.close()
        }
    }
}
