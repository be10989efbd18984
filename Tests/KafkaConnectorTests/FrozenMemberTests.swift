import ConnectorKit
import Foundation
import Glibc
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite(
        "A member of a Kafka group that stands still", .enabled(if: ApacheKafka.home != nil, "\(ApacheKafka.absence)"))
    struct FrozenMemberTests {
        private let directory = TemporaryDirectory()
        private let output = Broker.name()

        /// A worker that copies a topic as one of a group, whose session is short.
        private func member(_ name: String, of input: String, _ servers: String) throws -> SluiceProcess {
            let pipeline = """
                { "name": "\(name)",
                  "source": { "connector": "kafka", "bootstrap.servers": "\(servers)", "group.id": "\(input)",
                              "topics": "\(input)", "kafka.session.timeout.ms": "600",
                              "kafka.heartbeat.interval.ms": "100" },
                  "sinks": [ { "connector": "kafka", "bootstrap.servers": "\(servers)", "topic": "\(output)" } ] }
                """
            try Data(pipeline.utf8).write(to: URL(fileURLWithPath: directory("\(name).json")))
            return try SluiceProcess(
                ["run", "\(name).json", "--state-path", "\(name).db"], in: URL(fileURLWithPath: directory.path))
        }

        /// Polls until all numbers up to here have come.
        private func reads(_ reader: SourceRun, upTo count: Int) async throws -> Bool {
            try await reader.poll { Set($0.records.map(\.value)).count == count }
        }

        @Test func losesNothingAndComesBack() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 4, count: 4000)
            let writer = try await SinkRun(
                servers, #""topic":"\#(input)","kafka.sticky.partitioning.linger.ms":"0","linger.ms":0"#)
            let creating = try await SinkRun(servers, #""topic":"\#(output)","topic.creation.default.partitions":1"#)
            try await creating.put(numbers(0..<1))
            let members = try ["first", "second"].map { try member($0, of: input, servers) }
            defer { for member in members { member.signal(SIGKILL) } }
            let reader = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(output)\"")
            #expect(try await reads(reader, upTo: 4000))
            members[0].signal(SIGSTOP)
            try await writer.put(numbers(4000..<6000))
            #expect(try await reads(reader, upTo: 6000), "the second member did not take over")
            members[0].signal(SIGCONT)
            try await writer.put(numbers(6000..<8000))
            #expect(try await reads(reader, upTo: 8000))
            members[1].signal(SIGKILL)
            try await writer.put(numbers(8000..<10000))
            #expect(try await reads(reader, upTo: 10000), "the first member did not come back")
            await reader.close()
        }
    }
}
