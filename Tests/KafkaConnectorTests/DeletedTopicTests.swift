import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite(
        "A topic that is not there keeps nobody from the others",
        .enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
    struct DeletedTopicTests {
        private let gone = Broker.name("gone")
        private let other = Broker.name("other")
        private let group = Broker.name("g")
        private let place: Workplace

        init() throws { place = try Workplace() }

        private func fill(_ topic: String, _ range: Range<Int>) async throws {
            let sink = try await SinkRun(
                await Broker.apache.servers(), #""topic":"\#(topic)","topic.creation.default.partitions":2"#)
            try await sink.put(numbers(range))
            await sink.close()
        }

        /// As Kafka Connect does by default, nothing is tried again.
        private func start(isNewer: Bool) async throws -> SluiceProcess {
            let servers = try await Broker.apache.servers()
            try place.write(
                #"{"name":"p","source":{"connector":"kafka","bootstrap.servers":"\#(servers)","topics":"\#(gone),\#(other)","#
                    + #""group.id":"\#(group)","kafka.topic.metadata.refresh.interval.ms":1000},"#
                    + #""errors.retry.timeout":0,"sinks":[{"connector":"stdout"}]}"#,
                to: "p.json")
            let library = isNewer ? try NewerLibrdkafka.environment(in: place.folder.path) : [:]
            return try place.start(["run", "p.json"], environment: library)
        }

        private func wait(_ worker: SluiceProcess, for condition: () -> Bool) async throws {
            for _ in 0..<600 where !condition() { try await Task.sleep(for: .milliseconds(100)) }
            #expect(condition(), "\(worker.errorsSoFar)")
        }

        private func end(_ worker: SluiceProcess) throws {
            worker.signal(SIGTERM)
            let result = try worker.wait()
            #expect(result.status == 0 && !result.errors.contains("STUCK"), "\(result.errors)")
            #expect(!result.errors.contains("a task failed"), "\(result.errors)")
            let told = result.errors.split(separator: "\n").filter { $0.contains("WARNING") && $0.contains(gone) }
            #expect(told.count == 1, "\(result.errors)")
        }

        @Test("it is deleted while both are read", arguments: [false, true])
        func deleted(isNewer: Bool) async throws {
            for topic in [gone, other] { try await fill(topic, 0..<5) }
            let worker = try await start(isNewer: isNewer)
            func count() -> Int { worker.outputSoFar.split(separator: "\n").count }
            try await wait(worker) { count() == 10 }
            let servers = try await Broker.apache.servers()
            try ApacheKafka.shared.get().run(
                "kafka-topics.sh", [["--bootstrap-server", servers, "--delete", "--topic", gone]])
            try await wait(worker) { worker.errorsSoFar.contains("UNKNOWN_TOPIC_OR_PART") }
            try await fill(other, 5..<10)
            try await wait(worker) { count() == 15 }
            try end(worker)
        }

        @Test("it is missing from the start", arguments: [false, true])
        func missing(isNewer: Bool) async throws {
            try await fill(other, 0..<5)
            let worker = try await start(isNewer: isNewer)
            func count() -> Int { worker.outputSoFar.split(separator: "\n").count }
            try await wait(worker) { count() == 5 }
            try end(worker)
            #expect(worker.errorsSoFar.contains("A topic is not there, and the others are read"))
        }
    }
}
