import ConnectorKit
import ConnectorTestKit
import Foundation
import Glibc
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("A member of a Kafka group", .enabled(if: ApacheKafka.home != nil, "\(ApacheKafka.absence)"))
    struct GroupTests {
        private let group = Broker.name("g")

        private func settings(_ topic: String) -> String {
            "\"topics\":\"\(topic)\",\"kafka.heartbeat.interval.ms\":\"300\""
        }

        @Test func stayedOneThatDoesNotPollAndGivesUpItsShare() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 4, count: 1000)
            let first = try await SourceRun(servers, group: group, settings(input))
            #expect(try await first.poll { $0.records.count == 1000 })
            try await first.commit()
            // As while its sink blocks, it is polled no more.
            let second = try await SourceRun(servers, group: group, settings(input))
            #expect(try await second.poll { $0.log.text.contains("count=2") }, "the group waits for the first")
            #expect(!first.log.messages.contains("Partitions were lost"))
            await first.close()
            await second.close()
        }

        @Test func commitsNothingWhileTheGroupWaitsForAMemberThatIsGone() async throws {
            let servers = try await Broker.apache.servers()
            let topic = Broker.name()
            let sink = try await SinkRun(servers, #""topic":"\#(topic)","topic.creation.default.partitions":4"#)
            try await sink.put(numbers(0..<1))
            let first = try await SourceRun(servers, group: group, settings(topic))
            #expect(try await first.poll { !$0.records.isEmpty })
            // It has partitions and ends without a word, so that the next rebalance waits for its session's end.
            let joined = Task.detached { [group] in _ = try GroupMember(servers, group: group, topic: topic) }
            var count = 1
            func goOn() async throws {
                try await sink.put(numbers(count..<count + 1))
                count += 1
                for _ in 0..<5 { try await first.poll() }
                try await first.commit()
            }
            while first.log.messages.filter({ $0 == "Partitions were given back" }).isEmpty { try await goOn() }
            try await joined.value
            let third = try await SourceRun(servers, group: group, settings(topic))
            while !third.log.text.contains("count=2") {
                try await goOn()
                try await third.poll()
            }
            #expect(!first.log.messages.contains("Partitions were lost"), "\(first.log.text)")
            await first.close()
            await third.close()
            await sink.close()
        }

        @Test func tellsTheSinksOfItselfBeforeTheyAreAsked() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 2, count: 1000)
            let source = try await SourceRun(servers, group: group, settings(input))
            #expect(try await source.request().partitions.count == 2)
            let membership = try #require(source.membership.membership)
            #expect(membership.id == group && !membership.cluster.isEmpty && membership.readsCommitted)
            #expect(membership.isAlone() == true)
            #expect(membership.metadata()?.isEmpty == false)
            await source.close()
            #expect(source.membership.membership == nil && membership.metadata() == nil)
        }

        @Test func endsWhenItsPartitionsGoWithRecordsInFlightThatASinkCommits() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 2, count: 1000)
            let (clock, group) = (ManualClock(), ConsumerGroup())
            group.isCommittedBySink = true
            let first = try await SourceRun(
                servers, group: self.group, settings(input), membership: group, clock: clock.clock)
            #expect(try await first.poll { $0.records.count == 1000 }, "\(first.records.count): \(first.log.text)")
            let second = try await SourceRun(servers, group: self.group, settings(input))
            var error: ConnectorError?
            for _ in 0..<600 where error == nil {
                do { try await first.poll() } catch let failure as ConnectorError { error = failure }
                try await second.poll()
                clock.advance(.seconds(1))
            }
            #expect(
                error?.kind == .restartable && error?.message.contains("in flight") == true,
                "\(String(describing: error))")
            // A transaction of what is lost must not be committed by a member of a later generation.
            #expect(group.membership?.metadata() == nil)
            await first.close()
            await second.close()
        }

        @Test func leavesNoLagBehindATransaction() async throws {
            let (servers, topic) = (try await Broker.apache.servers(), Broker.name())
            let sink = try await SinkRun(
                servers, "\"topic\":\"\(topic)\",\"topic.creation.default.partitions\":1,\"exactly.once\":true",
                pipeline: topic)
            try await sink.put(numbers(0..<3), at: 1)
            try await sink.flush()
            let source = try await SourceRun(servers, group: group, settings(topic))
            try await source.drain()
            #expect(source.records.count == 3 && source.positions.map { $0.offset["offset"]?.int } == [4])
            try await source.commit()
            await source.close()
            await sink.close()
            #expect(try GroupMember(servers, group: group, topic: topic).committed(topic, 0) == 4)
        }

        @Test func goesOnFromTheLatestRecordOfItsFirstRun() async throws {
            let (servers, topic) = (try await Broker.apache.servers(), Broker.name())
            let sink = try await SinkRun(servers, #""topic":"\#(topic)","topic.creation.default.partitions":1"#)
            try await sink.put(numbers(0..<1))
            let settings = settings(topic) + #","auto.offset.reset":"latest""#
            let first = try await SourceRun(servers, group: group, settings)
            try await first.drain()
            try await first.commit()
            await first.close()
            try await sink.put(numbers(1..<3))
            let second = try await SourceRun(servers, group: group, settings)
            try await second.drain()
            #expect(first.records.isEmpty && second.records.map(\.value) == [#"{"n":1}"#, #"{"n":2}"#])
            await second.close()
            await sink.close()
        }

        @Test func readsATopicThatWasDeletedAndMadeAgain() async throws {
            let (servers, topic) = (try await Broker.apache.servers(), Broker.name())
            let creating = #""topic":"\#(topic)","topic.creation.default.partitions":1"#
            let old = try await SinkRun(servers, creating)
            try await old.put(numbers(0..<5))
            await old.close()
            let settings = settings(topic) + #","kafka.topic.metadata.refresh.interval.ms":"500""#
            let source = try await SourceRun(servers, group: group, settings)
            try await source.drain()
            try await source.commit()
            try ApacheKafka.shared.get().run(
                "kafka-topics.sh", [["--bootstrap-server", servers, "--delete", "--topic", topic]])
            var error: ConnectorError?
            for _ in 0..<600 where error == nil {
                do { try await source.poll() } catch let failure as ConnectorError { error = failure }
            }
            #expect(error?.kind == .retriable, "\(String(describing: error))")
            let new = try await SinkRun(servers, creating)
            try await new.put(numbers(5..<8))
            for _ in 0..<600 where source.records.count < 8 {
                do { try await source.poll() } catch let failure as ConnectorError {
                    #expect(failure.kind == .retriable, "\(failure)")
                }
            }
            #expect(source.records.map(\.value) == numbers(0..<8).map(\.json))
            await source.close()
            await new.close()
        }

        @Test func keepsItsOffsetWhenThePositionsAreReset() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 1, count: 1000)
            let folder = TemporaryDirectory()
            try write(pipeline(servers, input), in: folder)
            func sluice(_ arguments: String...) throws -> SluiceProcess.Result {
                try SluiceProcess.run(arguments, in: URL(fileURLWithPath: folder.path))
            }
            #expect(try sluice("run", "p.json", "--once").output.split(separator: "\n").count == 1000)
            let reset = try sluice("offsets", "reset", "p")
            #expect(reset.output == "forgot 1 position of p\n" && reset.errors.contains("kafka-consumer-groups.sh"))
            #expect(try sluice("run", "p.json", "--once").output.isEmpty)
        }

        private func pipeline(_ servers: String, _ input: String) -> String {
            #"{"name":"p","source":{"connector":"kafka","bootstrap.servers":"\#(servers)","group.id":"\#(group)","#
                + #""topics":"\#(input)"},"sinks":[{"connector":"stdout"}]}"#
        }

        private func write(_ pipeline: String, in folder: borrowing TemporaryDirectory) throws {
            try Data(pipeline.utf8).write(to: URL(fileURLWithPath: folder("p.json")))
        }

        @Test("takes dead letters in transactions too", arguments: [false, true])
        func deadLetters(isExact: Bool) async throws {
            let (servers, input) = (try await Broker.apache.servers(), Broker.name())
            let sink = try await SinkRun(servers, #""topic":"\#(input)","topic.creation.default.partitions":1"#)
            try await sink.put(numbers(1000..<1003))
            await sink.close()
            let folder = TemporaryDirectory()
            let kafka = #""connector":"kafka","bootstrap.servers":"\#(servers)","topic.creation.default.partitions":1"#
            try write(
                #"{"name":"p","source":{"connector":"kafka","bootstrap.servers":"\#(servers)","group.id":"\#(group)","#
                    + #""topics":"\#(input)","value.converter":"integer"},"errors.tolerance":"all","#
                    + #""errors.retry.timeout":5000,"sinks":[{\#(kafka),"topic":"\#(input)-out","exactly.once":\#(isExact)}],"#
                    + #""errors.deadletterqueue":{\#(kafka),"topic":"\#(input)-dead","exactly.once":true}}"#, in: folder
            )
            let result = try SluiceProcess.run(["run", "p.json", "--once"], in: URL(fileURLWithPath: folder.path))
            #expect(result.status == 0 && result.errors.contains("dead-lettered 3"), "\(result.errors)")
            let letters = try await SourceRun(servers, group: Broker.name("g"), "\"topics\":\"\(input)-dead\"")
            try await letters.drain()
            #expect(letters.records.count == 3)
            await letters.close()
        }

        @Test func stopsAfterItsTopicWasDeleted() async throws {
            let servers = try await Broker.apache.servers()
            let input = try await Broker.fill(servers, partitions: 2, count: 1000)
            let folder = TemporaryDirectory()
            try write(pipeline(servers, input), in: folder)
            let worker = try SluiceProcess(["run", "p.json"], in: URL(fileURLWithPath: folder.path))
            func waits(for condition: () -> Bool) async throws {
                for _ in 0..<600 where !condition() { try await Task.sleep(for: .milliseconds(100)) }
                #expect(condition(), "\(worker.errorsSoFar)")
            }
            try await waits { worker.outputSoFar.split(separator: "\n").count == 1000 }
            try ApacheKafka.shared.get().run(
                "kafka-topics.sh", [["--bootstrap-server", servers, "--delete", "--topic", input]])
            try await waits { worker.errorsSoFar.contains("UNKNOWN_TOPIC_OR_PART") }
            worker.signal(SIGTERM)
            let result = try worker.wait()
            #expect(result.status == 0 && !result.errors.contains("STUCK"), "\(result.errors)")
        }
    }
}
