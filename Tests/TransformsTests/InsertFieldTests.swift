import ConnectorKit
import Testing

@Suite("InsertField")
struct InsertFieldTests {
    static let everything = """
        {"topic.field":"t!","partition.field":"p","timestamp.field":"at?","static.field":"s","static.value":"5"}
        """

    @Test("inserts metadata and a fixed text, which is always a string")
    func inserts() throws {
        let record = TestRecord(value: #"{"a":1}"#, topic: "orders", partition: 3, timestamp: 1_483_425_001_864)
        let outcome = try transform("InsertField", Self.everything, record)
        #expect(outcome.value == (try JSON(#"{"a":1,"t":"orders","p":3,"at":1483425001864,"s":"5"}"#)))
    }

    @Test("inserts the offset of a record that was read from a partition")
    func insertsOffset() throws {
        let record = TestRecord(value: "{}", topic: "orders", partition: 3, offset: 9_007_199_254_740_993)
        let outcome = try transform("InsertField", #"{"offset.field":"o!"}"#, record)
        #expect(outcome.value == (try JSON(#"{"o":9007199254740993}"#)))
    }

    @Test("leaves out metadata that the record does not have")
    func absent() throws {
        let outcome = try transform("InsertField", Self.everything, value: "{}")
        #expect(outcome.value == (try JSON(#"{"s":"5"}"#)))
    }

    @Test("overwrites a field, and only the one of exactly this name")
    func overwrites() throws {
        let config = #"{"static.field":"a.b","static.value":"new"}"#
        let outcome = try transform("InsertField", config, value: #"{"a":{"b":1},"a.b":2}"#)
        #expect(outcome.value == (try JSON(#"{"a":{"b":1},"a.b":"new"}"#)))
    }

    @Test("makes the objects on a path with field syntax V2")
    func path() throws {
        let config = #"{"static.field":"meta.by.who","static.value":"x","field.syntax.version":"V2"}"#
        let outcome = try transform("InsertField", config, value: #"{"meta":{"z":1}}"#)
        #expect(outcome.value == (try JSON(#"{"meta":{"z":1,"by":{"who":"x"}}}"#)))
    }

    @Test("works on the key, also of a tombstone")
    func key() throws {
        let record = TestRecord(value: "null", key: #"{"magic":42}"#, topic: "test", partition: 0)
        let outcome = try transform("InsertField$Key", Self.everything, record)
        #expect(outcome.key == (try JSON(#"{"magic":42,"t":"test","p":0,"s":"5"}"#)))
        #expect(outcome.value == .null)
    }

    @Test("passes a tombstone, rejects a value that is no object")
    func otherValues() throws {
        #expect(try transform("InsertField", Self.everything, value: "null").value == .null)
        #expect(try transform("InsertField", Self.everything, value: "[1]").error?.contains("a list") == true)
    }

    @Test("inserts each record's own topic, however many there are")
    func manyTopics() throws {
        var batch = RecordBatch()
        for index in 0..<300 { try TestRecord(value: "{}", topic: "topic-\(index)").append(to: &batch) }
        try makeTransform("InsertField", #"{"topic.field":"t"}"#).apply(to: &batch)
        for index in 0..<300 { #expect(batch[index]["t"].string == "topic-\(index)") }
    }

    @Test("rejects records without a Kafka offset when one is asked for")
    func offset() throws {
        let outcome = try transform("InsertField", #"{"offset.field":"off"}"#, value: "{}")
        #expect(outcome.error?.contains("offset") == true)
    }

    @Test(
        "refuses settings that insert nothing or are incomplete",
        arguments: [
            "{}", #"{"static.value":"x"}"#, #"{"static.field":"x"}"#, #"{"topic.feild":"x"}"#,
            #"{"topic.field":"`a","field.syntax.version":"V2"}"#, #"{"topic.field":"a","field.syntax.version":"V3"}"#,
        ])
    func refuses(_ config: String) throws {
        #expect(throws: ConfigProblems.self) { try makeTransform("InsertField", config) }
    }
}
