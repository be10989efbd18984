import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB partitions taken over", .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct TakeoverTests {
    private let insert = "\"writemodel.strategy\":\"insert\",\"document.id.strategy\":\"provided_in_value\""

    private func position(_ line: Int64) -> Position {
        Position(partition: ["file": "a"], offset: ["line": .int(line)])
    }

    private func expectFence(_ run: SinkRun) async {
        let error = await #expect(throws: ConnectorError.self) {
            try await eventually { try await run.flush() }
        }
        #expect(error?.kind == .restartable)
        #expect(error?.message.contains(#"has taken over partition {"file":"a"}"#) == true, "\(error?.message ?? "")")
    }

    @Test("An owner that is stopped or cut off with the same documents open does not hold its successor up")
    func openDocuments() async throws {
        let database = try Database()
        let former = try await SinkRun(database, insert, claimsPartitions: true)
        #expect(try await former.claim("a") == [])
        try await former.put(["{\"_id\":1}"], at: 1)
        let next = try await SinkRun(database, insert, claimsPartitions: true)
        #expect(try await next.claim("a") == [])
        do {
            try await next.put(["{\"_id\":1}"], at: 1)
        } catch let error as ConnectorError where error.kind == .retriable {
            try await next.put(["{\"_id\":1}"], at: 1)
        }
        try await next.flush()
        await #expect(throws: ConnectorError.self) {
            try await eventually { try await former.flush() }
        }
        #expect(try database.count("t") == 1)
        let last = try await SinkRun(database, insert, claimsPartitions: true)
        #expect(try await last.claim("a") == [position(1)])
    }

    @Test("An owner that stands still between its positions and its commit is ended")
    func openPositions() async throws {
        let database = try Database()
        let former = try await SinkRun(database, claimsPartitions: true)
        _ = try await former.claim("a")
        let collection = PositionCollection(pipeline: "p", sink: "sink", task: TaskSlot())
        let client = try Client(
            ConnectionSettings(uri: Secret(database.server.uri), timeout: .seconds(60), database: database.name))
        let session = try client.session()
        try collection.changeSession(to: session.identifier, owner: "w 1", over: client)
        let stored = try collection.claim(
            [["file": "a"]], for: "w 1", session.identifier, within: .seconds(10), over: client)
        var owned = OwnedPositions(claimsPartitions: true)
        owned.found(stored)
        owned.move(to: position(1))
        try session.begin()
        #expect(try collection.store(owned.changes(), over: client, in: session))
        let next = try await SinkRun(database, "\"connection.timeout.ms\":6000", claimsPartitions: true)
        #expect(try await eventually { try await next.claim("a") } == [])
        #expect(throws: ServerError.self) { try session.commit() }
        #expect(try await next.claim("a") == [])
    }

    @Test("A claim in the middle of a transaction does not keep its own positions from being stored")
    func claimInside() async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert, claimsPartitions: true)
        _ = try await run.claim("b")
        try await run.put(["{\"_id\":1}"])
        _ = try await run.claim("a")
        try await run.put(["{\"_id\":2}"], at: 2)
        try await run.flush()
        #expect(try database.count("t") == 2)
        #expect(try await run.claim("a") == [position(2)])
    }

    @Test("Large transactions that are committed early store claimed positions too")
    func early() async throws {
        let database = try Database()
        let run = try await SinkRun(database, insert, claimsPartitions: true)
        _ = try await run.claim("a")
        let text = String(repeating: "x", count: 3 << 20)
        for line in 1...4 { try await run.put(["{\"_id\":\(line),\"v\":\"\(text)\"}"], at: Int64(line)) }
        #expect(try database.count("t") == 3)
        let next = try await SinkRun(database, insert, claimsPartitions: true)
        #expect(try await next.claim("a") == [position(3)])
        await expectFence(run)
        #expect(try database.count("t") == 3)
    }

    @Test("Without claims: two tasks that write one partition cannot both commit")
    func movedPartition() async throws {
        let database = try Database()
        let first = try await SinkRun(database, task: TaskSlot(index: 0, count: 2))
        let second = try await SinkRun(database, task: TaskSlot(index: 1, count: 2))
        try await first.put(["{\"n\":1}"], at: 1)
        try await first.flush()
        try await second.put(["{\"n\":2}"], at: 1)
        await expectFence(second)
        #expect(try database.count("t") == 1)
    }

    @Test("What tasks stored that are no more is handed back once and then forgotten")
    func fewerTasks() async throws {
        let database = try Database()
        let old = try await SinkRun(database, task: TaskSlot(index: 1, count: 2))
        try await old.put([], at: 1)
        try await old.flush()
        try await old.stop()
        let first = try await SinkRun(database)
        #expect(first.stored == [position(1)])
        try await first.flush()
        #expect(try await SinkRun(database).stored == [])
    }

    @Test("Documents of a version without epochs count, claimed or not", arguments: [false, true])
    func upgrade(_ claims: Bool) async throws {
        let database = try Database()
        let id = #"[\"p\",\"sink\",{\"file\":\"a\"}]"#
        try database.run(
            #"{"insert":"sluice_positions","documents":[{"_id":"\#(id)","pipeline":"p","sink":"sink","task":0,"#
                + #""partition":"{\"file\":\"a\"}","position":"{\"line\":7}"}]}"#)
        let run = try await SinkRun(database, claimsPartitions: claims)
        #expect(try await claims ? run.claim("a") == [position(7)] : run.stored == [position(7)])
        try await run.put(["{\"n\":1}"], at: 8)
        try await run.flush()
        try await run.stop()
        let next = try await SinkRun(database, claimsPartitions: claims)
        #expect(try await claims ? next.claim("a") == [position(8)] : next.stored == [position(8)])
    }

    @Test(
        "Positions belong to the group, whatever its members are called, and those of an older version count until then"
    )
    func renamed() async throws {
        let database = try Database()
        let old = try await SinkRun(database)
        try await old.put([], at: 7)
        try await old.flush()
        try await old.stop()
        for (pipeline, line) in [("p", Int64(7)), ("q", 8)] {
            let group = ConsumerGroup()
            let run = try await SinkRun(database, pipeline: pipeline, claimsPartitions: true, group: group)
            group.membership = ConsumerGroup.Membership(
                id: "g", cluster: "c", readsCommitted: true, isAlone: { nil }, metadata: { nil })
            #expect(try await run.claim("a", "b") == [position(line)])
            try await run.put([], at: line + 1)
            group.membership = nil
            try await run.flush()
            try await run.stop()
        }
    }

    @Test(
        "A stored position that cannot be read is an error that names it",
        arguments: [#""{\"line\":1.5}""#, "7"], [false, true])
    func unreadable(_ stored: String, _ claims: Bool) async throws {
        let database = try Database()
        let id = #"[\"p\",\"sink\",{\"file\":\"a\"}]"#
        try database.run(
            #"{"insert":"sluice_positions","documents":[{"_id":"\#(id)","pipeline":"p","sink":"sink","task":0,"#
                + #""partition":"{\"file\":\"a\"}","position":\#(stored)}]}"#)
        let error = await #expect(throws: ConnectorError.self) {
            let run = try await SinkRun(database, claimsPartitions: claims)
            _ = try await run.claim("a")
        }
        #expect(error?.kind == .configuration)
        let named = #"of partition {"file":"a"}, stored in the collection sluice_positions"#
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
    }
}
