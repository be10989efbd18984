import CRdKafka
import ConnectorKit
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Compacted Kafka topics", .enabled(if: ApacheKafka.home != nil, "\(ApacheKafka.absence)"))
    struct CompactedTopicTests {
        @Test(arguments: ["", #","exactly.once":true"#])
        func takeTombstonesAndRejectWhatHasNoKeyAlone(_ delivery: String) async throws {
            let servers = try await Broker.apache.servers()
            let topic = Broker.name()
            let creation = TopicCreation(partitions: 1, replication: 1, settings: [("cleanup.policy", "compact")])
            let admin = try ClientConfiguration.reaching(servers)
            try creation.create(topic, admin.client(RD_KAFKA_PRODUCER, Observer(.silent)))
            let sink = try await SinkRun(servers, #""topic":"\#(topic)"\#(delivery)"#, pipeline: Broker.name("p"))
            let report = try await sink.put(
                [
                    Given(json: "1", key: "a"), Given(json: "2"), Given(json: "null", key: "a"), Given(json: "null"),
                    Given(json: "3", key: "b"),
                ], at: 5)
            #expect(report.rejections.map(\.recordIndex) == [1, 3] && report.retries.isEmpty)
            try await sink.flush()
            await sink.close()
            let source = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(topic)\"")
            try await source.drain()
            #expect(source.records.map(\.value) == ["1", "null", "3"])
            #expect(source.records.map(\.key) == ["\"a\"", "\"a\"", "\"b\""])
            await source.close()
        }
    }
}

extension ClientConfiguration {
    /// A client's that knows nothing but where brokers are.
    fileprivate static func reaching(_ servers: String) throws -> ClientConfiguration {
        let configuration = ClientConfiguration()
        #expect(configuration.set("bootstrap.servers", servers) == nil)
        return configuration
    }
}
