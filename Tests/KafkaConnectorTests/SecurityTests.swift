import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import KafkaConnector

extension BrokerSuites {
    @Suite("Kafka with TLS, logins and rights", .enabled(if: ApacheKafka.home != nil, "\(ApacheKafka.absence)"))
    struct SecurityTests {
        private let kafka: SecureKafka
        private let topic = "ok-" + Broker.name()

        init() async throws { kafka = try await Self.ready.value }

        /// The broker, once it knows its users' rights, with a topic that begins with `seen-` and one without rights.
        private static let ready = Task {
            let kafka = try SecureKafka.shared.get()
            try await Broker.awaitAnswer(of: kafka.plaintext)
            try kafka.grant()
            for topic in ["seen-t", "hidden-t"] {
                try await SinkRun(kafka.plaintext, #""topic":"\#(topic)","topic.creation.default.partitions":1"#)
                    .put(numbers(0..<1))
            }
            return kafka
        }

        private func login(
            _ mechanism: String = "PLAIN", user: String = "writer", password: String = "open-sesame"
        ) -> String {
            trusting(kafka.trusted, mechanism, user, password)
        }

        private func trusting(
            _ file: String?, _ mechanism: String = "PLAIN", _ user: String = "writer",
            _ password: String = "open-sesame"
        ) -> String {
            #""security.protocol":"sasl_ssl","sasl.mechanism":"\#(mechanism)","sasl.username":"\#(user)","#
                + #""sasl.password":"\#(password)""# + (file.map { #","ssl.ca.location":"\#($0)""# } ?? "")
        }

        /// What a sink's start and first batch fail with.
        private func sinkFailure(
            _ settings: String, topic: String? = "ok-t", at servers: String? = nil
        ) async throws -> ConnectorError {
            try await #require(throws: ConnectorError.self) {
                let sink = try await SinkRun(servers ?? kafka.servers, settings, pipeline: "ok-p")
                let report = try await sink.put([Given(json: "1", topic: topic)], at: 1)
                #expect(report.rejections.isEmpty)
                try await sink.flush()
            }
        }

        /// What a source's start and first polls fail with.
        private func sourceFailure(
            _ settings: String, topic: String = "ok-t", group: String = "ok-g", at servers: String? = nil
        ) async throws -> ConnectorError {
            try await #require(throws: ConnectorError.self) {
                let source = try await SourceRun(
                    servers ?? kafka.servers, group: group,
                    #"\#(settings),"topics":"\#(topic)","stall.timeout.ms":1000"#)
                // On a busy machine brokers may be silent before they refuse.
                for _ in 0..<10 {
                    do { _ = try await source.poll { _ in false } } catch let error as ConnectorError {
                        guard error.kind == .retriable else { throw error }
                    }
                }
                _ = try await source.poll { _ in false }
            }
        }

        /// What both sides of this connector fail with when they are set like this.
        private func failures(_ settings: String, at servers: String? = nil) async throws -> [ConnectorError] {
            [try await sinkFailure(settings, at: servers), try await sourceFailure(settings, at: servers)]
        }

        /// Records go there and come back.
        private func checkTraffic(_ login: String, _ more: String = "") async throws {
            let sink = try await SinkRun(
                kafka.servers, #"\#(login),"topic":"\#(topic)","topic.creation.default.partitions":1\#(more)"#,
                pipeline: "ok-\(topic)")
            try await sink.put(numbers(0..<3), at: 3)
            try await sink.flush()
            await sink.close()
            let source = try await SourceRun(kafka.servers, group: "ok-\(topic)", #"\#(login),"topics":"\#(topic)""#)
            try await source.drain()
            try await source.commit()
            await source.close()
            #expect(source.records.count == 3)
        }

        @Test(arguments: ["", positions])
        func plainOverTLSWorks(_ delivery: String) async throws { try await checkTraffic(login(), delivery) }

        @Test func wrongPasswordIsToldWithoutShowingIt() async throws {
            for error in try await failures(login(password: "hunter2")) {
                #expect(error.kind == .configuration)
                #expect(error.message.contains("check sasl.mechanism, sasl.username and sasl.password"))
                #expect(!error.message.contains("hunter2") && !error.message.contains("SCRAM"), "\(error)")
            }
        }

        @Test(arguments: [true, false])
        func certificateThatNobodyTrustsIsToldWithTheSetting(_ hasFile: Bool) async throws {
            for error in try await failures(trusting(hasFile ? kafka.foreign : nil)) {
                #expect(error.kind == .configuration)
                #expect(error.message.contains("certificate verify failed"))
                #expect(error.message.contains("ssl.ca.location"), "\(error)")
            }
        }

        @Test func missingFileOfCertificatesIsToldWithTheSetting() async throws {
            for error in try await failures(trusting("/no/such/file")) {
                #expect(error.kind == .configuration && error.message.contains("ssl.ca.location"), "\(error)")
            }
        }

        @Test func plaintextToTLSPortSaysWhatIsWrong() async throws {
            for error in try await failures(#""sasl.password":"hunter2""#) {
                #expect(error.kind == .retriable)
                #expect(error.message.contains("security.protocol") && !error.message.contains("hunter2"), "\(error)")
            }
        }

        @Test func tlsToPlaintextPortSaysWhatIsWrong() async throws {
            for error in try await failures(login(), at: kafka.plaintext) {
                #expect(error.kind == .configuration && error.message.contains("security.protocol"), "\(error)")
            }
        }

        @Test func tlsWithoutLoginSaysWhatIsWrong() async throws {
            let error = try await sourceFailure(
                #""security.protocol":"ssl","ssl.ca.location":"\#(kafka.trusted)""#)
            #expect(error.message.contains("security.protocol"), "\(error)")
        }

        private static let positions = #","exactly.once":true,"positions.topic":"ok-positions""#

        @Test(arguments: [
            ("", "seen-t", ["topic seen-t", "Write"]), ("", "hidden-t", ["topic hidden-t", "Describe"]),
            (#","topic.creation.default.partitions":1"#, "absent-t", ["topic absent-t"]),
            (#","exactly.once":true"#, "ok-t", ["topic sluice-positions"]),
            (#","exactly.once":true,"positions.topic":"seen-t""#, "ok-t", ["topic seen-t"]),
            (positions + #","transactional.id":"mine""#, "ok-t", ["transactional.id mine-0", "Write and Describe"]),
            (positions, "seen-t", ["topic seen-t", "Write"]),
        ])
        func sinkNamesWhatItMayNot(_ settings: String, _ topic: String, _ parts: [String]) async throws {
            let error = try await sinkFailure(login() + settings, topic: topic)
            #expect(error.kind == .configuration)
            for part in parts { #expect(error.message.contains(part), "\(error)") }
        }

        @Test(arguments: [
            ("seen-t", "ok-g", "topic seen-t"), ("hidden-t", "ok-g", "topic hidden-t"), ("ok-t", "mine", "group mine"),
        ])
        func sourceNamesWhatItMayNot(_ topic: String, _ group: String, _ part: String) async throws {
            let error = try await sourceFailure(login(), topic: topic, group: group)
            #expect(error.kind == .configuration)
            #expect(error.message.contains(part) && error.message.contains("grant the user"), "\(error)")
        }

        @Test func userWithoutAnyRightIsToldWhatToGrant() async throws {
            let error = try await sinkFailure(login(user: "stranger"), topic: "ok-t")
            #expect(error.kind == .configuration && error.message.contains("grant the user"), "\(error)")
        }

        @Test(
            .enabled(if: scramTrap() != nil, "the librdkafka that is installed can log in with SCRAM"),
            arguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"])
        func scramThatCannotWorkSaysSo(_ mechanism: String) async throws {
            for error in try await failures(login(mechanism)) {
                #expect(error.kind == .configuration)
                #expect(error.message.contains("librdkafka \(installedVersion) cannot log in"), "\(error)")
                #expect(error.message.contains("2.6.1") && !error.message.contains("open-sesame"))
            }
        }

        @Test(
            .enabled(if: NewerLibrdkafka.file != nil, "\(NewerLibrdkafka.absence)"))
        func scramWorksWithANewerLibrdkafka() async throws {
            let place = TemporaryDirectory()
            _ = try NewerLibrdkafka.environment(in: place.path)
            let option = ["--library-path", place("libraries")]
            let kafka = #""bootstrap.servers":"\#(kafka.servers)",\#(login("SCRAM-SHA-512")),"connector":"kafka""#
            let there =
                #"{"name":"ok-there","source":{"connector":"emulator","kinds":"counter","max.records":5},"#
                + #""sinks":[{"topic":"\#(topic)","topic.creation.default.partitions":1,\#(kafka)}]}"#
            let back =
                #"{"name":"ok-back","source":{"topics":"\#(topic)","group.id":"ok-\#(topic)",\#(kafka)},"#
                + #""sinks":[{"connector":"file","path":"out.ndjson"}]}"#
            for (name, pipeline) in [("there.json", there), ("back.json", back)] {
                try Data(pipeline.utf8).write(to: URL(fileURLWithPath: place(name)))
                let result = try SluiceProcess.run(
                    ["run", name, "--once", "--state-path", "\(name).db"] + option,
                    in: URL(fileURLWithPath: place.path))
                #expect(result.status == 0, "\(result.errors)")
            }
            let text = try String(contentsOfFile: place("out.ndjson"), encoding: .utf8)
            #expect(text.split(separator: "\n").count == 5)
        }

        @Test(arguments: ["", positions]) func unsecuredTokensLogIn(_ delivery: String) async throws {
            try await checkTraffic(
                #""security.protocol":"sasl_ssl","sasl.mechanism":"OAUTHBEARER","ssl.ca.location":"\#(kafka.trusted)","#
                    + #""sasl.oauthbearer.config":"principal=writer","#
                    + #""kafka.enable.sasl.oauthbearer.unsecure.jwt":"true""#, delivery)
        }
    }
}
