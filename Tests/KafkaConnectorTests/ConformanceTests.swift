import ConnectorKit
import ConnectorTestKit
import Synchronization
import TestSupport
import Testing

@testable import KafkaConnector

@Suite("The kafka connector keeps the contract", .ownThread)
struct ConformanceTests {
    @Test("of a sink", .timeLimit(.minutes(15)), arguments: SinkCheck.all)
    func sink(_ check: SinkCheck) async throws { try await check.run(on: KafkaSinkSubject()) }

    @Test("of a source", .timeLimit(.minutes(15)), arguments: SourceCheck.all)
    func source(_ check: SourceCheck) async throws { try await check.run(on: KafkaSourceSubject()) }
}

private let login = #""sasl.password":"open sesame","key.converter":"json""#

private struct KafkaSinkSubject: SinkSubject {
    let definition = KafkaSink.definition

    var traits: SinkTraits {
        var traits = SinkTraits()
        traits.keepsKeys = true
        traits.keepsOrder = true
        traits.refused = "\"\(String(repeating: "large ", count: 500_000))\""
        traits.unreachable = #"{"bootstrap.servers":"127.0.0.1:1",\#(login)}"#
        traits.secrets = ["open sesame"]
        return traits
    }

    func makePlace() async throws -> any SinkPlace { try Topic() }
}

private struct KafkaSourceSubject: SourceSubject {
    let definition = KafkaSource.definition

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.readsKeys = true
        traits.readsTombstones = true
        traits.unreachable =
            #"{"bootstrap.servers":"127.0.0.1:1","topics":"t","group.id":"g","stall.timeout.ms":1000,\#(login)}"#
        traits.secrets = ["open sesame"]
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace {
        let topic = try Topic()
        let sink = try await ConnectorTestKit.SinkRun(KafkaSink.definition, topic.settings, topic: topic.topic)
        try await sink.put(records)
        try await sink.stop()
        return FilledTopic(topic, records)
    }
}

/// A topic of one partition on a cluster of its own.
private final class Topic: SinkPlace {
    let cluster: MockCluster
    let topic: String? = "t"

    init() throws {
        cluster = try MockCluster()
        cluster.create("t")
    }

    var settings: String {
        #"{"bootstrap.servers":"\#(cluster.servers)","kafka.message.max.bytes":"2000000",\#(login)}"#
    }

    func records() async throws -> [SampleRecord] { try cluster.messages(of: "t") }
}

private final class FilledTopic: SourcePlace {
    let expected: [SampleRecord]
    private let topic: Topic
    private let group = Atomic<Int>(0)

    init(_ topic: Topic, _ records: [SampleRecord]) {
        self.topic = topic
        expected = records
    }

    /// With a group of its own for each instance: the mock cluster lets a group's next member in only after a minute.
    var settings: String {
        let group = "g\(group.add(1, ordering: .relaxed).newValue)"
        return #"{"bootstrap.servers":"\#(topic.cluster.servers)","topics":"t","group.id":"\#(group)",\#(login)}"#
    }
}
