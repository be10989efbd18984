import ConnectorKit
import ConnectorTestKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite(
    "MongoDB source", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SourceTests {
    private func driver(
        _ database: Database, _ settings: String = "", positions: [Position] = []
    ) async throws -> SourceDriver {
        try await SourceDriver(
            MongoDBSource.definition,
            "{\"connection.uri\":\"\(database.server.uri)\",\"database\":\"\(database.name)\",\"poll.await.time.ms\":100"
                + "\(settings.isEmpty ? "" : ",")\(settings)}", positions: positions)
    }

    private let documents = "\"publish.full.document.only\":true"

    @Test("Changes come in order as documents, and a deletion as a tombstone")
    func changes() async throws {
        let database = try Database()
        try database.run(#"{"insert":"t","documents":[{"_id":0}]}"#)
        let driver = try await driver(database, documents + ",\"collection\":\"t\"")
        try database.run(#"{"insert":"t","documents":[{"_id":1,"a":"x"},{"_id":2}]}"#)
        try database.run(#"{"insert":"other","documents":[{"_id":1}]}"#)
        try database.run(#"{"update":"t","updates":[{"q":{"_id":2},"u":{"_id":2,"b":true},"upsert":true}]}"#)
        try database.run(#"{"delete":"t","deletes":[{"q":{"_id":1},"limit":1}]}"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.first == "{\"_id\":1,\"a\":\"x\"}")
        #expect(driver.lines.suffix(2) == ["{\"_id\":2,\"b\":true}", "null"])
        #expect(driver.topics == ["\(database.name).t"])
    }

    @Test("Events come whole, with a prefix before their topic")
    func events() async throws {
        let database = try Database()
        let driver = try await driver(database, "\"topic.prefix\":\"raw\"")
        try database.run(#"{"insert":"t","documents":[{"_id":1}]}"#)
        #expect(try await driver.runUntilIdle())
        #expect(driver.lines.count == 1)
        #expect(driver.lines[0].contains("\"operationType\":\"insert\""))
        #expect(driver.lines[0].contains("\"documentKey\":{\"_id\":1}"))
        #expect(driver.topics == ["raw.\(database.name).t"])
    }

    @Test("Reading goes on behind the stored position, wherever it stopped, and begins with none at the present")
    func resumes() async throws {
        let database = try Database()
        let first = try await driver(database, documents)
        try await first.poll()
        let start = first.positions
        #expect(start.count == 1)
        try database.run(#"{"insert":"t","documents":[{"_id":1},{"_id":2}]}"#)
        #expect(try await first.runUntilIdle())
        #expect(first.lines.count == 2)
        let middle = first.positions
        try database.run(#"{"insert":"t","documents":[{"_id":3}]}"#)
        let second = try await driver(database, documents, positions: middle)
        #expect(try await second.runUntilIdle())
        #expect(second.lines == ["{\"_id\":3}"])
        let again = try await driver(database, documents, positions: start)
        #expect(try await again.runUntilIdle())
        #expect(again.lines == ["{\"_id\":1}", "{\"_id\":2}", "{\"_id\":3}"])
        let bounded = try await driver(database, documents + ",\"follow\":false", positions: middle)
        #expect(try await bounded.run())
        #expect(bounded.lines == ["{\"_id\":3}"])
    }

    @Test("The first copy reads every document once, whatever its _id is, and goes on where it was")
    func copies() async throws {
        let database = try Database()
        let ids = (0..<1500).map { "{\"_id\":\($0)}" } + ["{\"_id\":\"a\"}", "{\"_id\":2.5}", "{\"_id\":{\"x\":1}}"]
        try database.run("{\"insert\":\"t\",\"documents\":[\(ids.joined(separator: ","))]}")
        try database.run(#"{"insert":"u","documents":[{"_id":"b"},{"_id":{"$oid":"0123456789abcdef01234567"}}]}"#)
        let settings = documents + ",\"startup.mode\":\"copy_existing\""
        let first = try await driver(database, settings)
        try await first.poll()
        #expect(first.lines.count == 1000)
        try database.run(#"{"insert":"u","documents":[{"_id":"later"}]}"#)
        let second = try await driver(database, settings, positions: first.positions)
        #expect(try await second.runUntilIdle())
        let all = first.lines + second.lines
        #expect(Set(all).count == 1506)
        #expect(all.filter { $0 != "{\"_id\":\"later\"}" }.count == 1505)
        #expect(all.last == "{\"_id\":\"later\"}")
        let third = try await driver(database, settings, positions: second.positions)
        #expect(try await third.runUntilIdle())
        #expect(third.lines == [])
    }

    @Test("A token that the server does not take is a configuration error that says what to do")
    func brokenToken() async throws {
        let database = try Database()
        let partition: PositionFields = ["database": .string(database.name), "collection": ""]
        for token in ["{\"_data\":\"8200\"}", "no token"] {
            let position = Position(partition: partition, offset: ["token": .string(token)])
            let error = await #expect(throws: ConnectorError.self) {
                let driver = try await self.driver(database, positions: [position])
                try await driver.poll()
            }
            #expect(error?.kind == .configuration, "\(error?.message ?? "")")
            #expect(error?.message.contains("reset the position") == true)
        }
    }

    @Test("A source whose server goes away fails for now, and goes on without gap or repetition when it is back")
    func serverCrash() async throws {
        let server = try Server(["--durable"])
        let database = try Database(on: server)
        let driver = try await driver(database, documents + ",\"connection.timeout.ms\":10000")
        try database.run(#"{"insert":"t","documents":[{"_id":1}]}"#)
        #expect(try await driver.runUntilIdle())
        server.crash()
        let error = await #expect(throws: ConnectorError.self) { while true { try await driver.poll() } }
        #expect(error?.kind == .retriable, "\(error?.message ?? "")")
        try server.comeBack()
        try database.run(#"{"insert":"t","documents":[{"_id":2}]}"#)
        #expect(try await eventually { try await driver.runUntilIdle() })
        #expect(driver.lines == ["{\"_id\":1}", "{\"_id\":2}"])
    }

    @Test("With startup.mode timestamp the changes from a time on come, and then those behind the position")
    func startTime() async throws {
        let database = try Database()
        let reply = try database.run(#"{"insert":"t","documents":[{"_id":1}]}"#)
        let time = try #require(reply["operationTime"]?.payload.int64)
        try database.run(#"{"insert":"t","documents":[{"_id":2}]}"#)
        let start = #"{\"$timestamp\":{\"t\":\#(time >> 32),\"i\":\#(time & 0xFFFF_FFFF)}}"#
        let settings =
            documents
            + ",\"startup.mode\":\"timestamp\",\"startup.mode.timestamp.start.at.operation.time\":\"\(start)\""
        let first = try await driver(database, settings)
        #expect(try await first.runUntilIdle())
        #expect(first.lines == ["{\"_id\":1}", "{\"_id\":2}"])
        let second = try await driver(database, settings, positions: first.positions)
        #expect(try await second.runUntilIdle())
        #expect(second.lines == [])
    }

    @Test(
        "A time is seconds, a date or a timestamp",
        arguments: [
            ("7", 7 << 32), ("1970-01-01T00:00:07Z", 7 << 32), (#"{"$timestamp":{"t":7,"i":2}}"#, 7 << 32 | 2),
            ("soon", nil), ("-1", nil), (#"{"t":7}"#, nil), ("", nil),
        ] as [(String, UInt64?)])
    func times(_ text: String, _ time: UInt64?) { #expect(OperationTime.parse(text) == time) }

    @Test(
        "An event has the document from before the change where it is asked for",
        arguments: ["default", "whenAvailable"])
    func beforeChange(_ mode: String) async throws {
        let database = try Database()
        try database.run(#"{"create":"t","changeStreamPreAndPostImages":{"enabled":true}}"#)
        try database.run(#"{"insert":"t","documents":[{"_id":1,"v":"old"}]}"#)
        let driver = try await driver(database, "\"change.stream.full.document.before.change\":\"\(mode)\"")
        try database.run(#"{"update":"t","updates":[{"q":{"_id":1},"u":{"$set":{"v":"new"}}}]}"#)
        #expect(try await driver.runUntilIdle())
        #expect(
            driver.lines.last?.contains("\"fullDocumentBeforeChange\":{\"_id\":1,\"v\":\"old\"}") == (mode != "default")
        )
    }

    static let stored: [(bson: String, json: String)] = [
        (#"{"$numberLong":"9223372036854775807"}"#, "9223372036854775807"), (#"{"$numberInt":"-1"}"#, "-1"),
        (#"{"$numberDouble":"0.1"}"#, "0.1"), (#"{"$numberDouble":"NaN"}"#, "\"NaN\""),
        (#"{"$numberDouble":"Infinity"}"#, "\"Infinity\""), (#"{"$numberDouble":"-Infinity"}"#, "\"-Infinity\""),
        (#"{"$numberDecimal":"NaN"}"#, "\"NaN\""), (#"{"$numberDecimal":"-Infinity"}"#, "\"-Infinity\""),
        (#"{"$numberDecimal":"1.10"}"#, "1.10"), (#"{"$date":{"$numberLong":"-1"}}"#, "\"1969-12-31T23:59:59.999Z\""),
        (#"{"$date":{"$numberLong":"1767315845678"}}"#, "\"2026-01-02T01:04:05.678Z\""),
        (#"{"$oid":"0123456789abcdef01234567"}"#, "\"0123456789abcdef01234567\""),
        (#"{"$binary":{"base64":"AAEC/w==","subType":"00"}}"#, "\"AAEC/w==\""),
        (
            #"{"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"04"}}"#,
            "\"00112233-4455-6677-8899-aabbccddeeff\""
        ),
        (#""a\"\\\n\u0000ü😀""#, "\"a\\\"\\\\\\u000a\\u0000ü😀\""), ("null", "null"), ("true", "true"),
        (#"[1,{"b":[]}]"#, "[1,{\"b\":[]}]"), (#"{"$timestamp":{"t":5,"i":6}}"#, "{\"t\":5,\"i\":6}"),
        (#"{"$regularExpression":{"pattern":"a/b","options":"i"}}"#, "{\"pattern\":\"a/b\",\"options\":\"i\"}"),
    ]

    @Test("Every BSON type becomes JSON as stated", arguments: stored)
    func types(_ bson: String, _ json: String) throws {
        let document = try #require(BSONDocument(extendedJSON: "{\"v\":\(bson)}"))
        var writer = DocumentJSON()
        writer.write(document)
        #expect(String(decoding: writer.text, as: UTF8.self) == "{\"v\":\(json)}")
    }

    @Test("Cut and mangled BSON ends a reading and nothing else")
    func mangled() throws {
        let document = try bson(
            #"{"a":"text","b":[1,{"c":{"$numberDecimal":"1"}}],"d":{"$binary":{"base64":"AAEC","subType":"00"}}}"#)
        var random = SystemRandomNumberGenerator()
        for round in 0..<5000 {
            var bytes = document
            for _ in 0...round % 4 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 3 == 0 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
            var writer = DocumentJSON()
            writer.write(BSONDocument(bytes))
            #expect(!writer.text.isEmpty)
        }
    }
}
