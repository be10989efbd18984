import ConnectorKit
import Foundation
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "A start that does not get through to MongoDB ends by its deadline", .ownThread, .serialized,
    .timeLimit(.minutes(5)))
struct StartDeadlineTests {
    /// Who does not answer.
    enum Peer: String, CaseIterable, Sendable {
        case silent, blackhole, nobody
    }

    @Test("whoever does not answer, and whatever the address says", arguments: Peer.allCases, [false, true])
    func deadline(_ peer: Peer, isSource: Bool) async throws {
        let blackhole = try Blackhole(connects: peer == .silent)
        let port = peer == .nobody ? try FreePort.find() : blackhole.port
        let address = "mongodb://127.0.0.1:\(port)/?serverSelectionTimeoutMS=300000&connectTimeoutMS=300000"
        let json = "{\"connection.uri\":\"\(address)\",\"database\":\"test\",\"connection.timeout.ms\":300000"
        let began = WorkerClock.system.monotonic
        let deadline = began + .milliseconds(500)
        let error = await #expect(throws: ConnectorError.self) {
            if isSource {
                let values = try ConfigValues(json: json + "}", definition: MongoDBSource.definition.config)
                try await MongoDBSource.definition.make().start(SourceContext(config: values, deadline: deadline))
            } else {
                let values = try ConfigValues(
                    json: json + ",\"collection\":\"t\"}", definition: MongoDBSink.definition.config)
                _ = try await MongoDBSink.definition.make().start(SinkContext(config: values, deadline: deadline))
            }
        }
        #expect(error?.kind == .retriable, "\(error?.message ?? "")")
        // Far beyond what a busy machine adds, and far below the time limits of the address.
        #expect(WorkerClock.system.monotonic - began < .seconds(150))
    }

    @Test("and at once when it is to give up", arguments: [false, true])
    func stopped(isSource: Bool) async throws {
        let blackhole = try Blackhole()
        let json =
            "{\"connection.uri\":\"mongodb://127.0.0.1:\(blackhole.port)/\",\"database\":\"test\",\"connection.timeout.ms\":300000"
        let began = WorkerClock.system.monotonic
        let stop = StopSignal()
        let error = await #expect(throws: ConnectorError.self) {
            Thread.detachNewThread {
                usleep(300_000)
                stop.request()
            }
            if isSource {
                let values = try ConfigValues(json: json + "}", definition: MongoDBSource.definition.config)
                try await MongoDBSource.definition.make().start(SourceContext(config: values, stop: stop))
            } else {
                let values = try ConfigValues(
                    json: json + ",\"collection\":\"t\"}", definition: MongoDBSink.definition.config)
                _ = try await MongoDBSink.definition.make().start(SinkContext(config: values, stop: stop))
            }
        }
        #expect(error?.kind == .retriable && error?.message.contains("the task is to end") == true)
        #expect(WorkerClock.system.monotonic - began < .seconds(150))
    }
}
