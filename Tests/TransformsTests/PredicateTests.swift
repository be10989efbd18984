import ConnectorKit
import Testing

@Suite("Predicates")
struct PredicateTests {
    @Test(
        "FieldMatches compares the text of a field",
        arguments: [
            (#"{"type":"PushEvent"}"#, "type", "PushEvent", true),
            (#"{"type":"PushEvents"}"#, "type", "PushEvent", false),
            (#"{"type":"Push\u0045vent"}"#, "type", "PushEvent", true),
            (#"{"type":"PushEvent"}"#, "type", "Push.*", true),
            (#"{"a":{"b":"x"}}"#, "a.b", "x", true), (#"{"a.b":"x"}"#, "a.b", "x", false),
            (#"{"a.b":"x"}"#, "`a.b`", "x", true),
            (#"{"n":12}"#, "n", "12", true), (#"{"n":12}"#, "n", "\\\\d+", true),
            (#"{"n":1.50}"#, "n", "1\\\\.50", true),
            (#"{"b":true}"#, "b", "true", true), (#"{"b":false}"#, "b", "t.*", false),
            (#"{"b":false}"#, "b", "f.*", true),
            ("{}", "x", ".*", false), (#"{"x":null}"#, "x", ".*", false), (#"{"x":{}}"#, "x", ".*", false),
            (#"{"x":[1]}"#, "x", ".*", false), ("null", "x", ".*", false), ("\"text\"", "x", ".*", false),
            (#"{"x":""}"#, "x", ".*", true), (#"{"x":"a\nb"}"#, "x", "a.b", false),
            (#"{"x":"a\nb"}"#, "x", "(?s)a.b", true),
        ] as [(String, String, String, Bool)])
    func fieldMatches(_ value: String, _ field: String, _ pattern: String, _ isMatch: Bool) throws {
        let config = "{\"field\":\"\(field)\",\"pattern\":\"\(pattern)\"}"
        #expect(try isChosen("FieldMatches", config, TestRecord(value: value)) == isMatch)
    }

    @Test("FieldMatches reads numbers of typed sources")
    func typedSource() throws {
        var batch = RecordBatch()
        try batch.append { record in record.add("n", 42) }
        try makePredicate("FieldMatches", #"{"field":"n","pattern":"42"}"#).select(in: &batch, negated: true)
        try batch.edit { _ in false }
        batch.takeBackAll()
        #expect(batch.deliverableCount == 1)
    }

    @Test(
        "TopicNameMatches wants the whole topic",
        arguments: [
            ("my-prefix-foo", "my-prefix-.*", true), ("my-prefix", "my-prefix-.*", false), ("foobar", "foo", false),
            ("foo", "foo", true), (nil, ".*", false),
        ] as [(String?, String, Bool)])
    func topicNameMatches(_ topic: String?, _ pattern: String, _ isMatch: Bool) throws {
        let record = TestRecord(value: "{}", topic: topic)
        #expect(try isChosen("TopicNameMatches", "{\"pattern\":\"\(pattern)\"}", record) == isMatch)
    }

    @Test("TopicNameMatches tells many topics apart")
    func manyTopics() throws {
        var batch = RecordBatch()
        for index in 0..<500 { try TestRecord(value: "{}", topic: "t-\(index % 250)").append(to: &batch) }
        try makePredicate("TopicNameMatches", #"{"pattern":"t-\\d*[13579]"}"#).select(in: &batch, negated: false)
        try batch.edit { _ in false }
        batch.takeBackAll()
        for index in 0..<500 { #expect(batch.isDropped(index) == (index % 2 == 1)) }
    }

    @Test(
        "HasHeaderKey looks for the name, whatever the value",
        arguments: [("bar", true), ("null", true), ("Bar", false)])
    func hasHeaderKey(_ name: String, _ isMatch: Bool) throws {
        let headers = #"[{"key":"bar","value":1},{"key":"bar","value":2},{"key":"null","value":null}]"#
        let record = TestRecord(value: "{}", headers: headers)
        #expect(try isChosen("HasHeaderKey", "{\"name\":\"\(name)\"}", record) == isMatch)
    }

    @Test("RecordIsTombstone looks at the value alone", arguments: [("null", true), ("{}", false), ("0", false)])
    func recordIsTombstone(_ value: String, _ isMatch: Bool) throws {
        #expect(try isChosen("RecordIsTombstone", "{}", TestRecord(value: value, key: "1")) == isMatch)
    }

    @Test(
        "refuse settings that mean nothing",
        arguments: [
            ("TopicNameMatches", "{}"), ("TopicNameMatches", #"{"pattern":""}"#),
            ("TopicNameMatches", #"{"pattern":"["}"#),
            ("HasHeaderKey", "{}"), ("HasHeaderKey", #"{"name":""}"#), ("RecordIsTombstone", #"{"name":"x"}"#),
            ("FieldMatches", #"{"field":"x"}"#), ("FieldMatches", #"{"pattern":"x"}"#),
            ("FieldMatches", #"{"field":"`x","pattern":"x"}"#), ("FieldMatches", #"{"field":"","pattern":"x"}"#),
            ("FieldMatches", #"{"field":"x","pattern":"(?=x)"}"#),
        ])
    func refuse(_ type: String, _ config: String) {
        #expect(throws: ConfigProblems.self) { try makePredicate(type, config) }
    }
}
