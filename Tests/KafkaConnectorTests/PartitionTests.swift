import ConnectorKit
import TestSupport
import Testing

@testable import KafkaConnector

@Suite(.ownThread) struct PartitionTests {
    private let cluster: MockCluster

    init() throws {
        cluster = try MockCluster()
        cluster.create("t", partitions: 8)
    }

    @Test(arguments: ["murmur2_random", "consistent_random", "fnv1a_random", "random"])
    func messagesWithoutKeyStayInAPartitionForAWhile(partitioner: String) async throws {
        let sink = try await SinkRun(
            cluster.servers, #""partitioner":"\#(partitioner)","kafka.sticky.partitioning.linger.ms":"60000""#)
        for _ in 0..<3 {
            try await sink.put([
                Given(json: "1"), Given(json: "2", headers: [("h", "v")]), Given(json: "3", timestamp: 1_000),
            ])
        }
        #expect(try await partitions().map(\.value.count) == [9])
    }

    @Test func thenTheyGoToOthers() async throws {
        let sink = try await SinkRun(cluster.servers, #""kafka.sticky.partitioning.linger.ms":"1","linger.ms":0"#)
        for _ in 0..<20 {
            try await sink.put([Given(json: "1"), Given(json: "2")])
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(try await partitions().count > 1)
    }

    @Test func withoutStayingEachGoesToAny() async throws {
        let sink = try await SinkRun(cluster.servers, #""kafka.sticky.partitioning.linger.ms":"0""#)
        try await sink.put(Array(repeating: Given(json: "1"), count: 64))
        #expect(try await partitions().count > 1)
    }

    /// Of Kafka's own partitioner for keys, murmur2 (of another implementation): its positive part, modulo the partitions.
    private static let javaPartitions: [Int32?: [String]] = [
        0: ["key-1", "key-12", "key-14", "key-5"], 1: ["key-0", "key-11", "key-16", "key-18", "key-4"],
        3: ["key-15", "key-3", "key-7", "key-8"], 4: ["key-17", "key-6"], 5: ["key-13", "key-9"],
        6: ["key-10", "key-19", "key-2"],
    ]

    @Test(arguments: [0, 60000])
    func messagesWithKeysGoWhereJavaClientsSendThem(stay: Int) async throws {
        let sink = try await SinkRun(cluster.servers, "\"kafka.sticky.partitioning.linger.ms\":\"\(stay)\"")
        let keyed = (0..<20).map { Given(json: "\($0)", key: "key-\($0)") }
        try await sink.put([Given(json: "\"first\"")] + keyed.flatMap { [$0, Given(json: "\"between\"")] })
        let found = try await partitions().mapValues { $0.map(\.key).filter { $0 != "null" }.sorted() }
        #expect(found.filter { !$0.value.isEmpty } == Self.javaPartitions.mapValues { $0.map { "\"\($0)\"" } })
    }

    @Test func withoutKeyAHashOfNothingDecidesWhereThatIsAskedFor() async throws {
        let sink = try await SinkRun(cluster.servers, #""partitioner":"murmur2""#)
        try await sink.put(Array(repeating: Given(json: "1"), count: 64))
        #expect(try await partitions().count == 1)
    }

    private func partitions() async throws -> [Int32?: [Taken]] {
        let source = try await SourceRun(cluster.servers, group: "g")
        try await source.drain()
        return Dictionary(grouping: source.records, by: \.partition)
    }
}
