import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

/// Both ways to write: one transaction between flushes, and each batch at once.
let bothWays = ["\"exactly.once.support\":\"required\"", "\"exactly.once.support\":\"disabled\""]
private let byID = "\"document.id.strategy\":\"provided_in_value\""

@Suite(
    "MongoDB sink", .ownThread, .serialized, .timeLimit(.minutes(15)),
    .enabled(if: Server.isAvailable, "\(Server.absence)"))
struct SinkTests {
    static let values: [(json: String, stored: String)] = [
        ("9223372036854775807", "{ \"$numberLong\" : \"9223372036854775807\" }"),
        ("-1", "{ \"$numberLong\" : \"-1\" }"),
        ("9223372036854775808", "{ \"$numberDecimal\" : \"9223372036854775808\" }"),
        ("0.5", "{ \"$numberDouble\" : \"0.5\" }"), ("1e400", "{ \"$numberDecimal\" : \"1E+400\" }"),
        ("true", "true"), ("false", "false"), ("null", "null"), ("\"\"", "\"\""),
        ("\"\\u0000ü€😀\"", "\"\\u0000ü€😀\""), ("[]", "[  ]"), ("{}", "{  }"),
        (
            "[1,[null,{\"a\":\"b\"}],0.5]",
            "[ { \"$numberLong\" : \"1\" }, [ null, { \"a\" : \"b\" } ], { \"$numberDouble\" : \"0.5\" } ]"
        ),
        ("[0,1,2,3,4,5,6,7,8,9,\"ten\"]", ""),
        ("{\"\":{\"b.c\":1}}", "{ \"\" : { \"b.c\" : { \"$numberLong\" : \"1\" } } }"),
        ("{\"a\":1,\"b\":2,\"a\":3}", "{ \"b\" : { \"$numberLong\" : \"2\" }, \"a\" : { \"$numberLong\" : \"3\" } }"),
    ]

    @Test("Every JSON type comes back exactly", arguments: values)
    func types(_ json: String, _ stored: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, byID)
        let report = try await run.put(["{\"v\":\(json),\"_id\":\"a\"}"])
        #expect(report.rejections.map(\.error.message) == [])
        try await run.flush()
        let documents = try database.documents("t")
        #expect(documents.count == 1)
        if !stored.isEmpty { #expect(documents == ["{ \"_id\" : \"a\", \"v\" : \(stored) }"]) }
    }

    static let typed: [(type: String, json: String, stored: String?)] = [
        ("date", "\"2026-01-02T03:04:05.678+02:00\"", "{ \"$date\" : { \"$numberLong\" : \"1767315845678\" } }"),
        ("date", "\"1969-12-31\"", "{ \"$date\" : { \"$numberLong\" : \"-86400000\" } }"),
        ("date", "1500", "{ \"$date\" : { \"$numberLong\" : \"1500\" } }"),
        ("date", "\"2026-02-30\"", nil), ("date", "\"yesterday\"", nil), ("date", "true", nil),
        ("date_seconds", "1500", "{ \"$date\" : { \"$numberLong\" : \"1500000\" } }"),
        ("date_seconds", "9223372036854775807", nil),
        ("int32", "7", "{ \"$numberInt\" : \"7\" }"), ("int32", "2147483648", nil),
        ("int64", "\"12\"", "{ \"$numberLong\" : \"12\" }"), ("int64", "1.5", nil),
        ("double", "3", "{ \"$numberDouble\" : \"3.0\" }"),
        ("decimal128", "1.10", "{ \"$numberDecimal\" : \"1.10\" }"),
        ("decimal128", "12345678901234567890123456789012345678901", nil),
        ("decimal128", "\"NaN\"", "{ \"$numberDecimal\" : \"NaN\" }"),
        ("decimal128", "\"-Infinity\"", "{ \"$numberDecimal\" : \"-Infinity\" }"), ("decimal128", "\"nan\"", nil),
        ("double", "\"NaN\"", "{ \"$numberDouble\" : \"NaN\" }"),
        ("double", "\"-Infinity\"", "{ \"$numberDouble\" : \"-Infinity\" }"), ("double", "\"inf\"", nil),
        ("double", "\"0x1p3\"", nil), ("double", "\"1.5\"", "{ \"$numberDouble\" : \"1.5\" }"),
        ("string", "1.50", "\"1.50\""), ("string", "\"x\"", "\"x\""),
        ("binary", "\"AAEC\"", "{ \"$binary\" : { \"base64\" : \"AAEC\", \"subType\" : \"00\" } }"),
        ("binary", "\"AA=C\"", nil), ("binary", "\"AAE\"", nil),
        (
            "uuid", "\"00112233-4455-6677-8899-aabbccddeeff\"",
            "{ \"$binary\" : { \"base64\" : \"ABEiM0RVZneImaq7zN3u/w==\", \"subType\" : \"04\" } }"
        ),
        ("object_id", "\"0123456789abcdef01234567\"", "{ \"$oid\" : \"0123456789abcdef01234567\" }"),
        ("object_id", "\"0123\"", nil), ("date", "null", "null"),
    ]

    @Test("A field is stored as its rule says, and what is no such thing is rejected with its path", arguments: typed)
    func rules(_ type: String, _ json: String, _ stored: String?) async throws {
        let database = try Database()
        let run = try await SinkRun(database, byID + ",\"field.types\":{\"a.v\":\"\(type)\"}")
        let report = try await run.put([
            "{\"_id\":1,\"a\":{\"v\":\(json)},\"v\":1}", "{\"_id\":2,\"a\":[{\"v\":null}]}",
        ])
        try await run.flush()
        if let stored {
            #expect(report.rejections.map(\.error.message) == [])
            #expect(try database.documents("t")[0].contains("\"a\" : { \"v\" : \(stored) }"))
        } else {
            #expect(report.rejections.map(\.recordIndex) == [0])
            #expect(report.rejections.first?.error.message.contains("field a.v") == true)
        }
    }

    static let refused = [
        "{\"_id\":5,\"v\":{\"a\\u0000b\":1}}", "{\"_id\":5,\"v\":1e9999}", "{\"_id\":null}", "{\"v\":1}",
        "{\"_id\":[1]}",
        "[1]", "null", "\"text\"", "{\"_id\":5,\"n\":12345678901234567890123456789012345678901}",
        "{\"_id\":5,\"a\":\"no\"}",
        "{\"_id\":5,\"d\":" + String(repeating: "[", count: 120) + String(repeating: "]", count: 120) + "}",
    ]

    @Test("A bad document is rejected alone, whatever is wrong with it", arguments: refused, bothWays)
    func refuses(_ bad: String, _ way: String) async throws {
        let database = try Database()
        try database.run(#"{"create":"t","validator":{"a":{"$in":["yes",null]}}}"#)
        let run = try await SinkRun(database, byID + "," + way)
        let good = (100..<120).map { "{\"_id\":\($0),\"a\":\"yes\"}" }
        let report = try await run.put(["{\"_id\":3}"] + good + [bad] + ["{\"_id\":200}"])
        #expect(report.rejections.map(\.recordIndex) == [21])
        #expect(report.rejections.allSatisfy { $0.error.kind == .rejected })
        #expect(report.retries.isEmpty)
        try await run.flush()
        #expect(try database.count("t") == 22)
    }

    @Test("A document of 16 MiB is stored, and one byte more is rejected alone", arguments: bothWays)
    func large(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, byID + ",\"writemodel.strategy\":\"insert\"," + way)
        let room = (16 << 20) - 26
        var sizes: [Int] = []
        for extra in [0, 1] {
            let text = String(repeating: "x", count: room + extra)
            let report = try await run.put(["{\"_id\":\(extra),\"v\":\"\(text)\"}", "{\"_id\":\"small\(extra)\"}"])
            sizes.append(report.rejections.count)
            if let error = report.rejections.first { #expect(error.error.message.contains("16777216")) }
        }
        #expect(sizes == [0, 1])
        try await run.flush()
        #expect(try database.count("t") == 3)
    }

    @Test(
        "Inserts of an _id that is taken are rejected, each alone, and those of the very document are not",
        arguments: bothWays)
    func duplicates(_ way: String) async throws {
        let database = try Database()
        try database.run(
            #"{"insert":"t","documents":[{"_id":{"$numberLong":"1"},"a":"x"},{"_id":{"$numberLong":"2"}}]}"#)
        let run = try await SinkRun(database, byID + ",\"writemodel.strategy\":\"insert\"," + way)
        let report = try await run.put([
            "{\"_id\":0}", "{\"_id\":1,\"a\":\"y\"}", "{\"_id\":2}", "{\"_id\":3}", "{\"_id\":3,\"a\":1}",
            "{\"_id\":4}",
        ])
        #expect(Set(report.rejections.map(\.recordIndex)) == [1, 4])
        #expect(report.rejections.allSatisfy { $0.error.native == "11000" })
        try await run.flush()
        #expect(try database.count("t") == 5)
        #expect(try database.count("t", #"{"a":"x"}"#) == 1)
    }

    @Test("The last of several records of one key wins", arguments: bothWays)
    func repeated(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, byID + "," + way)
        try await run.put((0..<50).map { "{\"_id\":\($0 % 5),\"n\":\($0)}" })
        try await run.flush()
        #expect(try database.documents("t", #"{"n":{"$gte":45}}"#).count == 5)
        #expect(try database.count("t") == 5)
    }

    @Test("A refused document does not stop those behind it in an ordered batch")
    func resumesOrdered() async throws {
        let database = try Database()
        try database.run(#"{"create":"t","validator":{"a":{"$in":["yes",null]}}}"#)
        let run = try await SinkRun(database, byID + ",\"bulk.write.ordered\":true," + bothWays[1])
        let report = try await run.put([
            "{\"_id\":1}", "{\"_id\":2,\"a\":\"no\"}", "{\"_id\":3}", "{\"_id\":3,\"a\":\"no\"}", "{\"_id\":4}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1, 3])
        #expect(try database.count("t") == 3)
    }

    @Test("Replace leaves nothing of the old document; upsert and update set fields", arguments: bothWays)
    func strategies(_ way: String) async throws {
        for (strategy, expected) in [
            ("replace", ["{ \"_id\" : 1, \"b\" : 2 }", "{ \"_id\" : 2, \"b\" : 3 }"]),
            ("upsert", ["{ \"_id\" : 1, \"a\" : 1, \"b\" : 2 }", "{ \"_id\" : 2, \"b\" : 3 }"]),
            ("update", ["{ \"_id\" : 1, \"a\" : 1, \"b\" : 2 }"]),
        ] {
            let database = try Database()
            try database.run(#"{"insert":"t","documents":[{"_id":{"$numberLong":"1"},"a":{"$numberLong":"1"}}]}"#)
            let run = try await SinkRun(database, byID + ",\"writemodel.strategy\":\"\(strategy)\"," + way)
            let report = try await run.put([
                "{\"_id\":1,\"b\":2}", "{\"_id\":2,\"b\":3}", "{\"_id\":1}".replacingEmpty(strategy),
            ])
            #expect(report.rejections.isEmpty)
            try await run.flush()
            try await run.stop()
            let numbers = try database.documents("t").map { plain($0) }
            #expect(numbers == expected, "\(strategy)")
        }
    }

    @Test("A tombstone deletes the document of its key, in the order of the records", arguments: bothWays)
    func deletes(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(
            database, "\"document.id.strategy\":\"full_key\",\"delete.on.null.values\":true," + way)
        try await run.put(
            ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"],
            keys: ["{\"$gt\":\"\"}", "2", "\"3\""].map { $0 == "{\"$gt\":\"\"}" ? "{\"k\":1}" : $0 })
        try await run.put(["null", "null", "{\"a\":4}", "null"], keys: ["{\"k\":1}", "2", "2", "9"])
        let report = try await run.put(["null"], keys: ["null"])
        #expect(report.rejections.count == 1)
        try await run.flush()
        #expect(
            try database.documents("t").map { plain($0) } == [
                "{ \"_id\" : 2, \"a\" : 4 }", "{ \"_id\" : \"3\", \"a\" : 3 }",
            ])
    }

    @Test("A key that looks like an operator deletes nothing else")
    func operators() async throws {
        let database = try Database()
        let run = try await SinkRun(
            database,
            "\"document.id.strategy\":\"full_key\",\"delete.on.null.values\":true,\"exactly.once.support\":\"disabled\""
        )
        try await run.put(["{\"a\":1}"], keys: ["1"])
        _ = try? await run.put(["null"], keys: ["{\"$gt\":0}"])
        #expect(try database.count("t") == 1)
    }

    @Test("Collections come from topic and fields, and names that cannot be are rejected", arguments: bothWays)
    func collections(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"collection\":\"raw_${topic}.${field:a.kind}\"," + way)
        let report = try await run.put([
            "{\"a\":{\"kind\":\"x\"}}", "{\"a\":{\"kind\":\"$y\"}}", "{\"a\":1}", "{\"a\":{\"kind\":3}}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1, 2])
        #expect(try await run.put(["{\"a\":{\"kind\":\"x\"}}"], topic: nil).rejections.count == 1)
        try await run.flush()
        #expect(try database.count("raw_t.x") == 1 && database.count("raw_t.3") == 1)
    }

    @Test("Interleaved topics and max.batch.size write everything", arguments: bothWays)
    func interleaved(_ way: String) async throws {
        let database = try Database()
        let run = try await SinkRun(database, "\"collection\":\"c${field:c}\",\"max.batch.size\":7," + way)
        try await run.put((0..<100).map { "{\"c\":\($0 % 3),\"n\":\($0)}" })
        try await run.flush()
        #expect(try (0..<3).map { try database.count("c\($0)") } == [34, 33, 33])
    }

    @Test("Time series collections are made and written to")
    func timeSeries() async throws {
        let database = try Database()
        let run = try await SinkRun(
            database,
            "\"timeseries.timefield\":\"at\",\"timeseries.metafield\":\"m\",\"timeseries.granularity\":\"minutes\"")
        #expect(run.stored == nil)
        let report = try await run.put([
            "{\"at\":\"2026-01-01T00:00:00Z\",\"m\":1}", "{\"at\":\"late\",\"m\":1}",
            "{\"at\":\"2026-01-01T00:00:01Z\",\"m\":1}",
        ])
        #expect(report.rejections.map(\.recordIndex) == [1])
        #expect(report.isDurable)
        #expect(try database.count("t") == 2)
        let listed = try database.run(#"{"listCollections":1,"filter":{"name":"t"}}"#)
        #expect(extendedJSON(Array(listed.bytes)).contains("timeseries"))
    }
}

/// Shorter text for whole numbers.
func plain(_ json: String) -> String {
    json.replacing(#/\{ "\$number(Long|Int)" : "(-?\d+)" \}/#) { String($0.output.2) }
}

extension String {
    /// With `replace` a document of the `_id` alone would empty the one before it.
    fileprivate func replacingEmpty(_ strategy: String) -> String {
        strategy == "replace" ? "{\"_id\":2,\"b\":3}" : self
    }
}
