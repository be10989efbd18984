import CRdKafka
import ConnectorKit
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite(
        "Topics are made as their settings say",
        .enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
    struct TopicCreationTests {
        @Test func alsoWhereBrokersMakeTopicsByThemselves() async throws {
            let broker = try ApacheKafka { _, _, _ in "auto.create.topics.enable=true\nnum.partitions=2\n" }
            defer { broker.process.end() }
            try await Broker.awaitAnswer(of: broker.servers)
            for isExact in [false, true] {
                let topic = Broker.name()
                let sink = try await SinkRun(
                    broker.servers, #""topic.creation.default.partitions":3,"exactly.once":\#(isExact)"#,
                    pipeline: topic)
                try await sink.put([Given(json: "1", topic: topic)], at: 1)
                try await sink.flush()
                #expect(try partitions(of: topic, broker.servers) == 3)
                await sink.close()
            }
            #expect(try partitions(of: "sluice-positions", broker.servers) == 1)
            #expect(try isCompacted("sluice-positions", broker.servers))
        }

        private func partitions(of topic: String, _ servers: String) throws -> Int32? {
            try client(servers).partitionCount(of: topic, within: .seconds(10))
        }

        private func isCompacted(_ topic: String, _ servers: String) throws -> Bool {
            TopicLimits(of: topic, try client(servers), within: .seconds(10)).needsKeys
        }

        private func client(_ servers: String) throws -> KafkaClient {
            let configuration = ClientConfiguration()
            _ = configuration.set("bootstrap.servers", servers)
            return try configuration.client(RD_KAFKA_PRODUCER, Observer(.silent))
        }
    }
}
