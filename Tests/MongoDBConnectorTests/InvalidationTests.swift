import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB source and collections that are dropped or renamed", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct InvalidationTests {
    enum End: String, CaseIterable, Sendable {
        case drop = #"{"drop":"t"}"#
        case rename = #"rename"#
        case dropDatabase = #"{"dropDatabase":1}"#

        func happen(to database: Database, _ number: Int) throws {
            guard self == .rename else {
                try database.run(rawValue)
                return
            }
            let (name, collection) = (database.name, "\(database.name).old\(number)")
            try database.run(#"{"renameCollection":"\#(name).t","to":"\#(collection)"}"#, on: "admin")
        }
    }

    enum Watch: String, CaseIterable, Sendable {
        case collection = #","collection":"t""#
        case database = ""
    }

    private func driver(
        _ database: Database, _ settings: String, positions: [Position] = []
    ) async throws -> SourceDriver {
        try await SourceDriver(
            MongoDBSource.definition,
            "{\"connection.uri\":\"\(database.server.uri)\",\"database\":\"\(database.name)\",\"poll.await.time.ms\":50"
                + "\(settings)}", positions: positions)
    }

    private func insert(_ id: Int, into database: Database) throws {
        try database.run("{\"insert\":\"t\",\"documents\":[{\"_id\":\(id)}]}")
    }

    /// Polls until these documents have come, and no more within another poll.
    private func expect(_ numbers: some Sequence<Int>, from driver: SourceDriver) async throws {
        let expected = numbers.map(String.init)
        for _ in 0..<400 where ids(driver).count < expected.count { try await driver.poll() }
        try await driver.poll()
        #expect(ids(driver) == expected)
    }

    private func ids(_ driver: SourceDriver) -> [String] {
        driver.lines.compactMap { $0.firstMatch(of: #/"fullDocument":\{"_id":(\d+)/#).map { String($0.output.1) } }
    }

    @Test("Reading goes on with the new one of that name", arguments: End.allCases, Watch.allCases)
    func goesOn(_ end: End, _ watch: Watch) async throws {
        let database = try Database()
        try insert(0, into: database)
        let driver = try await driver(database, watch.rawValue)
        for number in 1...3 {
            try insert(number * 2 - 1, into: database)
            try end.happen(to: database, number)
            try insert(number * 2, into: database)
        }
        try await expect(1...6, from: driver)
        try insert(7, into: database)
        try await expect(1...7, from: driver)
        let isInvalidated = watch == .collection || end == .dropDatabase
        #expect(driver.lines.count { $0.contains("\"invalidate\"") } == (isInvalidated ? 3 : 0))
        #expect(driver.log.messages.contains { $0.contains("dropped or renamed") } == isInvalidated)
    }

    @Test("A restart at any place before, at and behind the end loses and repeats nothing", arguments: End.allCases)
    func restarts(_ end: End) async throws {
        let database = try Database()
        try insert(0, into: database)
        let first = try await driver(database, Watch.collection.rawValue)
        try await first.poll()
        var places: [(read: Int, positions: [Position])] = [(0, first.positions)]
        for number in 1...2 {
            try insert(number * 2 - 1, into: database)
            try end.happen(to: database, number)
            // The batch ends behind the event that says so.
            while first.lines.count(where: { $0.contains("\"invalidate\"") }) < number { try await first.poll() }
            places.append((number * 2 - 1, first.positions))
            try insert(number * 2, into: database)
            try await expect(1...number * 2, from: first)
            places.append((number * 2, first.positions))
        }
        for place in places {
            let second = try await driver(database, Watch.collection.rawValue, positions: place.positions)
            try await expect(place.read + 1..<5, from: second)
            let bounded = try await driver(
                database, Watch.collection.rawValue + ",\"follow\":false", positions: place.positions)
            #expect(try await bounded.run())
        }
    }

    @Test("A server that refuses to go on in the middle of a stream is asked once to begin behind its end")
    func refused() async throws {
        let database = try Database()
        try insert(0, into: database)
        let driver = try await driver(database, Watch.collection.rawValue)
        try insert(1, into: database)
        try await expect(1...1, from: driver)
        try database.fail("getMore", #""errorCode":260"#)
        defer { try? database.mend() }
        try await driver.poll()
        try insert(2, into: database)
        try await expect(1...2, from: driver)
        try database.fail("getMore,aggregate", #""errorCode":260"#, times: 100)
        let error = await #expect(throws: ConnectorError.self) { _ = try await driver.run(limit: 20) }
        #expect(error?.kind == .configuration, "\(error?.message ?? "")")
    }

    @Test("Documents that are only copied are left where a drop finds the copy, and those of the new one come")
    func duringCopy() async throws {
        let database = try Database()
        let documents = (0..<3000).map { "{\"_id\":\($0)}" }.joined(separator: ",")
        try database.run("{\"insert\":\"t\",\"documents\":[\(documents)]}")
        let driver = try await driver(database, Watch.collection.rawValue + ",\"startup.mode\":\"copy_existing\"")
        try await driver.poll()
        #expect(driver.lines.count == 1000)
        try database.run(#"{"drop":"t"}"#)
        try database.run(#"{"insert":"t","documents":[{"_id":5000},{"_id":-1}]}"#)
        #expect(try await eventually { try await driver.runUntilIdle() })
        #expect(Set(ids(driver)).isSuperset(of: ["0", "999", "5000"]))
        #expect(driver.lines.contains { $0.contains("\"_id\":-1") })
    }

    static let lost = [(280, "fatal"), (286, "history"), (260, "token")]

    @Test("A place that the oplog has lost names what to do, and errors.tolerance", arguments: lost)
    func lostPlace(_ code: Int, _ name: String) async throws {
        let database = try Database()
        try insert(0, into: database)
        let first = try await driver(database, Watch.collection.rawValue)
        try await first.poll()
        try database.fail("aggregate", "\"errorCode\":\(code)", times: 100)
        defer { try? database.mend() }
        let second = try await driver(database, Watch.collection.rawValue, positions: first.positions)
        let error = await #expect(throws: ConnectorError.self) { try await second.poll() }
        #expect(error?.kind == .configuration && error?.native == String(code))
        for part in ["errors.tolerance", "reset the position", "startup.mode", "oplog"] {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test("An oplog that has rolled past the place is found out, and never read on behind the gap")
    func rolledPast() async throws {
        let server = try Server(["--oplog", "20"])
        let database = try Database(on: server)
        try insert(0, into: database)
        let first = try await driver(database, Watch.collection.rawValue)
        try insert(1, into: database)
        try await expect(1...1, from: first)
        for number in 2...60 { try insert(number, into: database) }
        try database.run(#"{"secantusAdmin.pruneOplog":1}"#, on: "admin")
        let second = try await driver(database, Watch.collection.rawValue, positions: first.positions)
        let error = await #expect(throws: ConnectorError.self) { while true { try await second.poll() } }
        #expect(error?.kind == .configuration && error?.native == "286", "\(error?.message ?? "")")
        #expect(second.lines.isEmpty && error?.message.contains("errors.tolerance") == true)
    }

    @Test(
        "An event beyond 16 MiB names the settings that make it smaller, and what the server may do later is tried again"
    )
    func otherErrors() async throws {
        let database = try Database()
        let driver = try await driver(database, Watch.collection.rawValue)
        defer { try? database.mend() }
        for (code, kind) in [(10334, ConnectorError.Kind.configuration), (26, .retriable), (136, .retriable)] {
            try database.fail("getMore,aggregate", "\"errorCode\":\(code)", times: 2)
            let error = await #expect(throws: ConnectorError.self) { _ = try await driver.runUntilIdle() }
            #expect(error?.kind == kind, "\(error?.message ?? "")")
            if code == 10334 { #expect(error?.message.contains("change.stream.full.document") == true) }
            try database.mend()
        }
    }
}
