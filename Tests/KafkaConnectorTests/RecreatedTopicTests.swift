import CRdKafka
import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite(
        "Topics that change while nobody reads them",
        .enabled(if: Broker.apache.isAvailable, "\(ApacheKafka.absence)"))
    struct RecreatedTopicTests {
        private let topic = Broker.name()
        private let group = Broker.name("g")
        private var topics: String {
            #""topics":"\#(topic)","kafka.heartbeat.interval.ms":"300","kafka.topic.metadata.refresh.interval.ms":"1000""#
        }

        private func fill(_ range: Range<Int>, partitions: Int = 1) async throws {
            let sink = try await SinkRun(
                await Broker.apache.servers(),
                #""topic":"\#(topic)","topic.creation.default.partitions":\#(partitions),"linger.ms":0,"#
                    + #""kafka.sticky.partitioning.linger.ms":"0""#)
            for number in range { try await sink.put(numbers(number..<(number + 1))) }
            await sink.close()
        }

        private func topicCommand(_ arguments: String...) async throws {
            let servers = try await Broker.apache.servers()
            try ApacheKafka.shared.get().run(
                "kafka-topics.sh", [["--bootstrap-server", servers, "--topic", topic] + arguments])
        }

        private func source(_ settings: String = "", stored: [Position]? = nil) async throws -> SourceRun {
            try await SourceRun(await Broker.apache.servers(), group: group, topics + settings, stored: stored)
        }

        @Test(
            "a topic that was deleted and made anew is read from its start, however long it is by then",
            arguments: [4, 8, 12], [false, true])
        func recreated(count: Int, isOldPosition: Bool) async throws {
            try await fill(0..<8)
            let first = try await source(stored: [])
            try await first.drain()
            try await first.commit()
            await first.close()
            try await topicCommand("--delete")
            try await fill(100..<(100 + count))
            // Earlier versions stored the offset alone, which tells a shorter topic.
            let stored = first.positions.map {
                isOldPosition ? Position(partition: $0.partition, offset: ["offset": .int(8)]) : $0
            }
            let second = try await source(stored: stored)
            try await second.drain()
            let expected = isOldPosition ? (count < 8 ? 100..<104 : 108..<(100 + count)) : 100..<(100 + count)
            #expect(second.records.map(\.value) == numbers(expected).map(\.json))
            let isJump = expected.lowerBound == 100
            #expect(second.metrics.counter("kafka_source_position_jumps").value == (isJump ? 1 : 0))
            #expect(second.log.text.contains("made anew") == isJump)
            await second.close()
        }

        @Test("the topic's id tells it where librdkafka does", arguments: [false, true])
        func worker(isNewer: Bool) async throws {
            let place = try Workplace()
            let servers = try await Broker.apache.servers()
            try place.write(
                #"{"name":"p","source":{"connector":"kafka","bootstrap.servers":"\#(servers)","topics":"\#(topic)","#
                    + #""group.id":"\#(group)"},"sinks":[{"connector":"file","path":"out/${sequence}.ndjson"}]}"#,
                to: "p.json")
            let library = isNewer ? try NewerLibrdkafka.environment(in: place.folder.path) : [:]
            for (first, count) in [(0, 5), (100, 8), (200, 8)] {
                try await fill(first..<(first + count))
                let result = try place.run(["run", "p.json", "--once"], environment: library)
                #expect(result.status == 0, "\(result.errors)")
                let lines = try place.lines(below: "out").suffix(count)
                #expect(Array(lines) == numbers(first..<(first + count)).map(\.json))
                try await topicCommand("--delete")
            }
            let positions = try place.run(["offsets", "list"]).output
            #expect(positions.contains("topic.id") == isNewer && positions.contains("timestamp"), "\(positions)")
        }

        @Test("what is gone by retention is passed over with a warning and a count")
        func retention() async throws {
            try await fill(0..<8)
            let first = try await source()
            try await first.drain()
            try await first.commit()
            await first.close()
            try await fill(8..<20)
            try await deleteRecords(before: 15)
            let second = try await source()
            try await second.drain()
            #expect(second.records.map(\.value) == numbers(15..<20).map(\.json))
            #expect(second.metrics.counter("kafka_source_position_jumps").value == 1)
            #expect(second.log.text.contains("7 offsets are gone"), "\(second.log.text)")
            // While it is read.
            try await fill(20..<30)
            try await deleteRecords(before: 30)
            try await fill(30..<33)
            #expect(try await second.poll { $0.offsets == [33] })
            await second.close()
        }

        @Test("with latest, what appears after the first assignment is read from its start")
        func latest() async throws {
            let latest = #","auto.offset.reset":"latest""#
            try await fill(0..<20, partitions: 2)
            let first = try await source(latest)
            try await first.drain()
            #expect(first.records.isEmpty)
            try await topicCommand("--alter", "--partitions", "4")
            try await fill(100..<140)
            #expect(try await first.poll { $0.records.count >= 40 })
            #expect(Set(first.records.map(\.value)) == Set(numbers(100..<140).map(\.json)))
            #expect(Set(first.records.compactMap(\.partition)) == [0, 1, 2, 3])
            try await first.commit()
            await first.close()
            try await topicCommand("--alter", "--partitions", "6")
            try await fill(200..<260)
            let second = try await source(latest)
            #expect(try await second.poll { $0.records.count >= 60 })
            #expect(Set(second.records.map(\.value)) == Set(numbers(200..<260).map(\.json)))
            await second.close()
        }

        private func deleteRecords(before offset: Int64) async throws {
            let configuration = ClientConfiguration()
            _ = configuration.set("bootstrap.servers", try await Broker.apache.servers())
            let client = try configuration.client(RD_KAFKA_PRODUCER, Observer(.silent))
            let list = unsafe Assignment.list([(TopicPartition(topic: topic, number: 0), offset)])
            defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
            var request = unsafe rd_kafka_DeleteRecords_new(list)
            defer { unsafe rd_kafka_DeleteRecords_destroy(request) }
            let queue = unsafe rd_kafka_queue_new(client.raw)
            defer { unsafe rd_kafka_queue_destroy(queue) }
            unsafe rd_kafka_DeleteRecords(client.raw, &request, 1, nil, queue)
            let event = unsafe rd_kafka_queue_poll(queue, 30_000)
            #expect(unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
            unsafe rd_kafka_event_destroy(event)
        }
    }
}
