import ConnectorKit
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Exactly once from Kafka to the same cluster") struct GroupOffsetTests {
        /// A source's topic with a member of its group, and a sink in the same task.
        private struct Setup {
            let servers: String
            let input: String
            let output = Broker.name("output")
            let group = Broker.name("g")
            let member: GroupMember

            init(_ broker: Broker) async throws {
                servers = try await broker.servers()
                input = try await Broker.fill(servers, partitions: 2, count: 1000)
                member = try GroupMember(servers, group: group, topic: input)
            }

            func sink(_ membership: ConsumerGroup.Membership, worker: String = "w", sinks: Int = 1) async throws
                -> (SinkRun, ConsumerGroup)
            {
                let group = ConsumerGroup(hasOneSink: sinks == 1)
                let run = try await SinkRun(
                    servers,
                    "\"exactly.once\":true,\"topic\":\"\(output)\",\"topic.creation.default.partitions\":1",
                    pipeline: output, claiming: group, worker: worker)
                group.membership = membership
                return (run, group)
            }

            func partition(_ number: Int32) -> PositionFields {
                ["topic": .string(input), "partition": .int(Int64(number))]
            }

            func position(_ offset: Int64, of number: Int32 = 0) -> Position {
                Position(partition: partition(number), offset: ["offset": .int(offset)])
            }

            func committed() async throws -> [String] {
                let source = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(output)\"")
                try await source.drain()
                await source.close()
                return source.records.map(\.value)
            }
        }

        private func values(_ range: Range<Int>) -> [String] { range.map { "{\"n\":\($0)}" } }

        @Test(arguments: [Broker.apache].filter(\.isAvailable))
        func theGroupsOffsetsAreCommittedWithTheRecords(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let (sink, group) = try await setup.sink(try setup.member.membership())
            #expect(sink.stored == [])
            #expect(try await sink.claim([setup.partition(0), setup.partition(1)]) == [])
            #expect(group.isCommittedBySink)
            try await sink.put(numbers(0..<3), at: setup.position(3))
            try await sink.put(numbers(3..<4), at: setup.position(7, of: 1))
            #expect(setup.member.committed(setup.input, 0) < 0)
            try await sink.flush()
            #expect(setup.member.committed(setup.input, 0) == 3)
            #expect(setup.member.committed(setup.input, 1) == 7)
            try await sink.put(numbers(4..<5), at: setup.position(4))
            await sink.close()
            #expect(setup.member.committed(setup.input, 0) == 3)
            #expect(try await setup.committed() == values(0..<4))
        }

        @Test(arguments: [Broker.apache].filter(\.isAvailable))
        func memberOfAnEarlierGenerationMakesNothingVisible(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let old = try #require(setup.member.metadata)
            let membership = try setup.member.membership()
            let (sink, _) = try await setup.sink(
                ConsumerGroup.Membership(
                    id: setup.group, cluster: membership.cluster, readsCommitted: true, isAlone: { true },
                    metadata: { old }))
            _ = try await sink.claim([setup.partition(0)])
            try await sink.put(numbers(0..<3), at: setup.position(3))
            let joined = Task.detached { try GroupMember(setup.servers, group: setup.group, topic: setup.input) }
            while setup.member.metadata == old { setup.member.poll() }
            let error = await #expect(throws: ConnectorError.self) { try await sink.flush() }
            #expect(error?.kind == .restartable, "\(String(describing: error))")
            await sink.close()
            #expect(setup.member.committed(setup.input, 0) < 0)
            #expect(try await setup.committed() == [])
            while setup.member.partitions == 2 { setup.member.poll() }
            _ = try await joined.value
        }

        @Test(arguments: [Broker.apache].filter(\.isAvailable))
        func membersOfOneGroupLeaveEachOthersTransactionsAlone(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let (first, _) = try await setup.sink(try setup.member.membership(), worker: "a")
            _ = try await first.claim([setup.partition(0)])
            try await first.put(numbers(0..<1), at: setup.position(1))
            let (second, _) = try await setup.sink(try setup.member.membership(), worker: "b")
            _ = try await second.claim([setup.partition(1)])
            try await second.put(numbers(1..<2), at: setup.position(1, of: 1))
            try await first.flush()
            try await second.flush()
            await first.close()
            await second.close()
            #expect(try await setup.committed().sorted() == values(0..<2))
        }

        @Test(arguments: [Broker.apache].filter(\.isAvailable))
        func restartedWorkerEndsItsOldTransactionAtOnce(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let (killed, _) = try await setup.sink(try setup.member.membership())
            _ = try await killed.claim([setup.partition(0)])
            try await killed.put(numbers(0..<1), at: setup.position(1))
            let (again, _) = try await setup.sink(try setup.member.membership())
            _ = try await again.claim([setup.partition(0)])
            try await again.put(numbers(0..<2), at: setup.position(2))
            try await again.flush()
            // Nothing is left open that would keep readers of committed data waiting.
            #expect(try await setup.committed() == values(0..<2))
            await #expect(throws: ConnectorError.self) { try await killed.flush() }
            await again.close()
            await killed.close()
        }

        @Test(arguments: [Broker.apache].filter(\.isAvailable))
        func sourceThatReadsWhatMayBeTakenBackIsRefused(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            let (sink, _) = try await setup.sink(try setup.member.membership(readsCommitted: false))
            let error = await #expect(throws: ConnectorError.self) { _ = try await sink.claim([setup.partition(0)]) }
            #expect(error?.kind == .configuration && error?.message.contains("isolation.level") == true)
            await sink.close()
        }

        @Test(
            "where the group's offsets cannot be in the transaction, one member alone writes, with positions in the topic",
            arguments: [Broker.apache].filter(\.isAvailable))
        func alone(_ broker: Broker) async throws {
            let setup = try await Setup(broker)
            for sinks in [1, 2] {
                // Another cluster, or several sinks.
                let own = try setup.member.membership()
                let membership = ConsumerGroup.Membership(
                    id: setup.group, cluster: sinks == 1 ? "another" : own.cluster, readsCommitted: true,
                    isAlone: { true },
                    metadata: own.metadata)
                let (first, group) = try await setup.sink(membership, sinks: sinks)
                #expect(try await first.claim([setup.partition(0), setup.partition(1)]) == [])
                #expect(!group.isCommittedBySink)
                try await first.put(numbers(0..<2), at: setup.position(2))
                try await first.flush()
                try await first.flush()
                await first.close()
                let (again, _) = try await setup.sink(membership, sinks: sinks)
                #expect(
                    try await again.claim([setup.partition(0), setup.partition(1)]) == [setup.position(2)])
                await again.close()
                let company = ConsumerGroup.Membership(
                    id: setup.group, cluster: membership.cluster, readsCommitted: true, isAlone: { false },
                    metadata: own.metadata)
                let (second, _) = try await setup.sink(company, sinks: sinks)
                let error = await #expect(throws: ConnectorError.self) {
                    _ = try await second.claim([setup.partition(1)])
                }
                #expect(error?.message.contains("another member") == true)
                await second.close()
            }
        }
    }
}
