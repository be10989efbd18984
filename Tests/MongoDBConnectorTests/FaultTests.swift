import ConnectorKit
import Glibc
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB sink over bad networks", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct FaultTests {
    private static let batches = 3
    private static let batchSize = 100
    private static let records = batches * batchSize

    /// Both would show a document that was written twice or not at all.
    enum Way: String, CaseIterable {
        case transactions = #""exactly.once.support":"required","writemodel.strategy":"insert""#
        case positions =
            #""exactly.once.support":"disabled","writemodel.strategy":"insert","document.id.strategy":"position""#
    }

    struct NotDelivered: Error {}

    /// Delivers all batches as the worker does: what failed for now again, what failed for good from where the sink or the
    /// last flush says.
    private func deliverAll(_ database: Database, _ settings: String, through proxy: FaultProxy) async throws {
        var flushed = 0
        for _ in 0..<100 {
            do {
                let run = try await SinkRun(database, settings, uri: "mongodb://127.0.0.1:\(proxy.port)/")
                if let stored = run.stored { flushed = batch(stored) }
                return try await deliver(to: run, &flushed)
            } catch let error as ConnectorError where error.kind == .restartable || error.kind == .retriable {
                usleep(20_000)
            }
        }
        throw NotDelivered()
    }

    private func batch(_ stored: [Position]) -> Int {
        guard case .int(let line)? = stored.first?.offset["line"] else { return 0 }
        return Int(line) / Self.batchSize
    }

    private func deliver(to run: SinkRun, _ flushed: inout Int) async throws {
        for batch in flushed..<Self.batches {
            let report = try await eventually { try await put(batch, into: run) }
            #expect(report.rejections.isEmpty && report.retries.isEmpty)
            guard batch % 2 == 0 else { continue }
            try await eventually { try await run.flush() }
            flushed = batch + 1
        }
        try await run.stop()
    }

    private func put(_ batch: Int, into run: SinkRun) async throws -> PutReport {
        let numbers = batch * Self.batchSize..<(batch + 1) * Self.batchSize
        let values = numbers.map { "{\"n\":\($0),\"v\":\"some text of record \($0)\"}" }
        return try await run.put(values, at: Int64(numbers.upperBound), offsets: numbers.map(Int64.init))
    }

    private func expectOnce(_ database: Database, _ comment: Comment) throws {
        let numbers = try database.documents("t").compactMap { plain($0).firstMatch(of: #/"n" : (\d+)/#)?.output.1 }
        #expect(numbers.count == Self.records, comment)
        #expect(Set(numbers).count == Self.records, comment)
    }

    @Test(
        "A connection cut at any byte loses no document and doubles none", arguments: Way.allCases,
        [FaultProxy.Direction.toServer, .toClient])
    func cut(_ way: Way, _ direction: FaultProxy.Direction) async throws {
        let server = try Server.shared.get()
        let proxy = try FaultProxy(to: .port(UInt16(server.port)))
        try await deliverAll(Database(), way.rawValue, through: proxy)
        let all = proxy.bytes(direction)
        let parts = 3
        for part in 0..<parts {
            let database = try Database()
            let place = all * (2 * part + 1) / (2 * parts)
            proxy.inject(.cut(afterBytes: place, direction))
            try await deliverAll(database, way.rawValue, through: proxy)
            #expect(proxy.cuts == part + 1)
            try expectOnce(database, "cut after \(place) bytes")
        }
    }

    @Test(
        "A server that falls silent or is gone, in a batch or at a flush, is an error in time, and nothing is lost or doubled",
        arguments: Way.allCases, [true, false])
    func unreachable(_ way: Way, _ isSilent: Bool) async throws {
        let database = try Database()
        let proxy = try FaultProxy(to: .port(UInt16(database.server.port)))
        let settings = way.rawValue + ",\"connection.timeout.ms\":10000"
        let run = try await SinkRun(database, settings, uri: "mongodb://127.0.0.1:\(proxy.port)/")
        _ = try await put(0, into: run)
        proxy.inject(isSilent ? .silence : .refuse)
        if way == .transactions { await #expect(throws: ConnectorError.self) { try await run.flush() } }
        let error = await #expect(throws: ConnectorError.self) { try await put(1, into: run) }
        #expect(error?.kind == .retriable || error?.kind == .restartable)
        try await run.stop()
        proxy.cutAll()
        proxy.heal()
        try await deliverAll(database, settings, through: proxy)
        try expectOnce(database, "\(isSilent ? "silent" : "refused")")
    }
}
