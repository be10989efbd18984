import ConnectorKit
import TestSupport
import Testing

@testable import PostgresConnector

@Suite("PostgreSQL batches under way", .ownThread, .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct UnderWayTests {
    private func started() async throws -> (Database, SinkRun) {
        let database = try Database()
        try database.run("CREATE TABLE t (place bigserial, id bigint CHECK (id <> 13), v text)")
        return (database, try await SinkRun(database))
    }

    private func rows(_ ids: Range<Int>) -> [String] { ids.map { "{\"id\":\($0)}" } }

    private func order(_ database: Database) throws -> String? {
        try database.value("SELECT string_agg(id::text, ',' ORDER BY place) FROM t")
    }

    @Test("They share a COPY, and a refused row is rejected alone, in its batch; the order stays")
    func refusedRow() async throws {
        let (database, run) = try await started()
        let reports = try await run.put(
            batches: [rows(0..<5), rows(5..<10), ["[1]"], rows(10..<15), [], rows(15..<20)])
        #expect(run.leftUnderWay == 6)
        #expect(reports.map { $0.rejections.map(\.recordIndex) } == [[], [], [0], [3], [], []])
        #expect(reports.allSatisfy { $0.retries.isEmpty })
        try await run.flush()
        #expect(try order(database) == (0..<20).filter { $0 != 13 }.map(String.init).joined(separator: ","))
    }

    @Test("A refused row does not take along what an earlier COPY of the transaction stored")
    func earlierCopy() async throws {
        let (database, run) = try await started()
        try await run.put(rows(0..<5))
        let reports = try await run.put(batches: [rows(5..<10), rows(13..<14)])
        #expect(reports.map { $0.rejections.count } == [0, 1])
        try await run.flush()
        #expect(try database.value("SELECT count(*) FROM t") == "10")
    }

    @Test("A record with other columns in between ends the COPY, and nothing is lost or mixed up")
    func otherColumns() async throws {
        let (database, run) = try await started()
        let other = ["{\"id\":5,\"v\":\"x\"}", "{\"v\":\"y\",\"id\":6}"]
        let reports = try await run.put(batches: [rows(0..<5), other, rows(7..<9)])
        #expect(reports.allSatisfy { $0.rejections.isEmpty })
        try await run.flush()
        #expect(try order(database) == "0,1,2,3,4,5,6,7,8")
        #expect(try database.value("SELECT count(*) FROM t WHERE v IS NOT NULL") == "2")
    }

    @Test("What a cut connection took along is written again over a new one when nothing else was open")
    func cut() async throws {
        let (database, run) = try await started()
        let reports = try await run.put(batches: [rows(0..<5), rows(5..<10)]) { try database.cutConnections() }
        #expect(reports.allSatisfy { $0.rejections.isEmpty && $0.retries.isEmpty })
        try await run.flush()
        #expect(try order(database) == "0,1,2,3,4,5,6,7,8,9")
    }

    @Test("A cut connection with rows of an earlier COPY ends the task, which begins again at the stored position")
    func cutWithRows() async throws {
        let (database, run) = try await started()
        try await run.put(rows(0..<5))
        let error = await #expect(throws: ConnectorError.self) {
            try await run.put(batches: [rows(5..<10), rows(10..<12)]) { try database.cutConnections() }
        }
        #expect(error?.kind == .restartable)
        await #expect(throws: ConnectorError.self) { try await run.flush() }
        #expect(try database.value("SELECT count(*) FROM t") == "0")
    }
}
