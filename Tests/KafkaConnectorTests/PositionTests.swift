import ConnectorKit
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Where a Kafka source goes on") struct PositionTests {
        @Test(arguments: Broker.available)
        func theSmallestOfSeveralSinksCounts(_ broker: Broker) async throws {
            let (servers, topic, group) = try await prepare(broker)
            let source = try await SourceRun(servers, group: group, "\"topics\":\"\(topic)\"")
            let given = try await source.request()
            let offsets: [PositionFields] = [["offset": 6], ["offset": 4], ["offset": 5]]
            let partition = try #require(given.partitions.first)
            source.claims.answer([
                // Of a request that is over.
                PartitionClaims.Answer(request: given.number - 1, partition: partition, offsets: [["offset": 0]]),
                PartitionClaims.Answer(request: given.number, partition: partition, offsets: offsets),
            ])
            try await source.drain()
            #expect(source.records.map(\.value) == (4..<8).map { "{\"n\":\($0)}" })
            await source.close()
        }

        @Test(arguments: Broker.available)
        func positionOfASinkThatCannotBeReadIsNamed(_ broker: Broker) async throws {
            let (servers, topic, group) = try await prepare(broker)
            let partition = position(1, in: topic).partition
            let unreadable = Position(partition: partition, offset: ["offset": "one"])
            let source = try await SourceRun(
                servers, group: group, "\"topics\":\"\(topic)\"", stored: [unreadable])
            let error = await #expect(throws: ConnectorError.self) { try await source.drain() }
            #expect(error?.kind == .configuration && error?.message.contains(#"{"offset":"one"}"#) == true)
            await source.close()
        }

        private func position(_ next: Int64, in topic: String) -> Position {
            Position(partition: ["topic": .string(topic), "partition": 0], offset: ["offset": .int(next)])
        }

        /// A group that has read three of eight records.
        private func prepare(_ broker: Broker) async throws -> (servers: String, topic: String, group: String) {
            let (servers, topic, group) = (try await broker.servers(), Broker.name(), Broker.name("g"))
            let sink = try await SinkRun(
                servers, "\"topic\":\"\(topic)\",\"topic.creation.default.partitions\":1")
            try await sink.put(numbers(0..<3))
            let source = try await SourceRun(servers, group: group, "\"topics\":\"\(topic)\"")
            try await source.drain()
            #expect(source.offsets == [3])
            try await source.commit()
            await source.close()
            try await sink.put(numbers(3..<8))
            return (servers, topic, group)
        }

        @Test(arguments: Broker.available, [(nil, 3), (1, 1), (5, 5)] as [(Int64?, Int)])
        func whatTheSinkHoldsDecidesAndElseTheGroup(_ broker: Broker, _ given: (stored: Int64?, first: Int))
            async throws
        {
            let (servers, topic, group) = try await prepare(broker)
            let stored = given.stored.map { [position($0, in: topic)] } ?? []
            let source = try await SourceRun(servers, group: group, "\"topics\":\"\(topic)\"", stored: stored)
            try await source.drain()
            #expect(source.records.map(\.value) == (given.first..<8).map { "{\"n\":\($0)}" })
            #expect(source.offsets == [8])
            await source.close()
        }

        /// The group has read three records: with the positions of another folder it may be ahead of this one's.
        @Test(arguments: Broker.available, [(nil, 3), (1, 3), (3, 3), (5, 5)] as [(Int64?, Int)])
        func theGroupDecidesToWhereOtherWorkersCannotSee(_ broker: Broker, _ given: (stored: Int64?, first: Int))
            async throws
        {
            let (servers, topic, group) = try await prepare(broker)
            let stored = given.stored.map { [position($0, in: topic)] } ?? []
            let source = try await SourceRun(
                servers, group: group, "\"topics\":\"\(topic)\"", stored: stored, isLocal: true)
            try await source.drain()
            #expect(source.records.map(\.value) == (given.first..<8).map { "{\"n\":\($0)}" })
            await source.close()
        }

        @Test(arguments: Broker.available)
        func aFirstMemberGoesOnFromItsFilesWhereTheGroupKnowsNothing(_ broker: Broker) async throws {
            let (servers, topic, _) = try await prepare(broker)
            let source = try await SourceRun(
                servers, group: Broker.name("new"), "\"topics\":\"\(topic)\"", stored: [position(6, in: topic)],
                isLocal: true)
            try await source.drain()
            #expect(source.records.map(\.value) == (6..<8).map { "{\"n\":\($0)}" })
            await source.close()
        }
    }
}
