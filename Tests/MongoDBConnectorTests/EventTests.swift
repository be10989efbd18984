import ConnectorKit
import ConnectorTestKit
import Testing

@testable import MongoDBConnector

@Suite("MongoDB events as records")
struct EventTests {
    private func batch(_ settings: String, _ events: [BSONDocument]) throws -> RecordBatch {
        let uri = "\"connection.uri\":\"mongodb://h:1/\",\"database\":\"d\""
        let values = try ConfigValues(json: "{\(uri),\(settings)}", definition: MongoDBSource.definition.config)
        var decoder = EventDecoder(SourceConfig(values))
        var batch = RecordBatch()
        for event in events { try decoder.append(event: event, to: &batch) }
        return batch
    }

    private func event(_ json: String) throws -> BSONDocument { try #require(BSONDocument(extendedJSON: json)) }

    @Test("A document with text that is not UTF-8 is rejected, and no deletion", arguments: ["simplified", "extended"])
    func notUTF8(_ formatter: String) throws {
        let event = try event(#"{"operationType":"insert","documentKey":{"_id":1},"fullDocument":{"_id":1,"v":"?!"}}"#)
        let bytes = event.bytes.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
        let settings = "\"publish.full.document.only\":true,\"output.json.formatter\":\"\(formatter)\""
        let batch = try batch(settings, [BSONDocument(bytes)])
        #expect(batch.count == 1 && batch.rejections.map(\.recordIndex) == [0])
    }

    @Test("What a pipeline took out of an event is found elsewhere, or is an error and no silence")
    func projected() throws {
        let documents = "\"publish.full.document.only\":true"
        let keyless = try event(#"{"operationType":"insert","fullDocument":{"_id":7,"v":1}}"#)
        let nameless = try event(#"{"documentKey":{"_id":8},"fullDocument":{"_id":8}}"#)
        let found = try batch(documents, [keyless, nameless, event(#"{"operationType":"drop"}"#)])
        #expect(found.count == 2 && found[0].key["_id"].int == 7 && found[1].key["_id"].int == 8)
        for bare in [
            #"{"operationType":"delete"}"#, #"{"operationType":"update","documentKey":{"_id":1}}"#,
            #"{"documentKey":{"_id":1}}"#, "{}",
        ] {
            let error = #expect(throws: ConnectorError.self) { _ = try batch(documents, [event(bare)]).count }
            #expect(error?.kind == .configuration && error?.message.contains("pipeline") == true)
        }
    }

    @Test("An update whose document is gone meanwhile makes no record")
    func goneMeanwhile() throws {
        let update = try event(#"{"operationType":"update","documentKey":{"_id":1},"fullDocument":null}"#)
        #expect(try batch("\"publish.full.document.only\":true", [update]).count == 0)
    }

    /// As a configuration of Kafka Connect gives them.
    private func classSettings(_ more: [String: String] = [:]) -> String {
        ConnectClass.mongoSource.implied.merging(more) { $1 }.map { "\"\($0)\":\"\($1)\"" }.sorted().joined(
            separator: ",")
    }

    private static let id = #"{"_id":{"$oid":"0123456789abcdef01234567"}}"#
    private static let insert =
        #"{"_id":{"_data":"82"},"operationType":"insert","documentKey":\#(id),"#
        + #""fullDocument":{"_id":1,"d":{"$date":{"$numberLong":"1577836800500"}},"n":{"$numberLong":"7"}}}"#
    private static let delete = #"{"_id":{"_data":"83"},"operationType":"delete","documentKey":\#(id)}"#

    @Test("With mongo-kafka's class names values and keys are texts in its default format")
    func classTexts() throws {
        let documents = try batch(classSettings(["publish.full.document.only": "true"]), [event(Self.insert)])
        #expect(documents.count == 1 && documents[0].value.kind == .string && documents[0].key.kind == .string)
        #expect(documents[0].value.string == #"{"_id": 1, "d": {"$date": 1577836800500}, "n": {"$numberLong": "7"}}"#)
        #expect(documents[0].key.string == #"{"_id": {"$oid": "0123456789abcdef01234567"}}"#)
        // As JsonConverter writes a text.
        #expect(documents[0].value.jsonText.hasPrefix(#""{\"_id\": 1, \"d\": {\"$date\""#))
        let simplified = try batch(
            classSettings(["publish.full.document.only": "true", "output.json.formatter": "SimplifiedJson"]),
            [event(Self.insert)])
        #expect(simplified[0].value.string == #"{"_id": 1, "d": "2020-01-01T00:00:00.5Z", "n": 7}"#)
    }

    @Test("With mongo-kafka's class names a deletion is a tombstone only where that is asked for, and an event as ever")
    func classDeletions() throws {
        let only = ["publish.full.document.only": "true"]
        #expect(try batch(classSettings(only), [event(Self.delete)]).count == 0)
        let asked = only.merging(["publish.full.document.only.tombstone.on.delete": "true"]) { $1 }
        let tombstone = try batch(classSettings(asked), [event(Self.delete)])
        #expect(tombstone.count == 1 && tombstone[0].isTombstone)
        #expect(tombstone[0].key.string == #"{"_id": {"$oid": "0123456789abcdef01234567"}}"#)
        let whole = try batch(
            classSettings(), [event(Self.delete), event(#"{"_id":{"_data":"84"},"operationType":"drop"}"#)])
        #expect(whole.count == 2 && whole[0].value.string?.contains(#""operationType": "delete""#) == true)
        #expect(whole[1].key.string == #"{"_id": {"_data": "84"}}"#)
        // Ours, where nothing is said.
        #expect(try batch("\"publish.full.document.only\":true", [event(Self.delete)]).count == 1)
    }

    @Test(
        "A part of a record is fields, a text or BSON, each as it is asked for",
        arguments: ["document", "json", "bson"])
    func formats(_ format: String) throws {
        let settings = "\"publish.full.document.only\":true,\"output.json.formatter\":\"extended\""
        for (setting, other) in [("value", "key"), ("key", "value")] {
            let batch = try batch(settings + ",\"output.format.\(setting)\":\"\(format)\"", [event(Self.insert)])
            let (part, rest) = (
                setting == "key" ? batch[0].key : batch[0].value, other == "key" ? batch[0].key : batch[0].value
            )
            #expect(part.kind == ["document": .object, "json": .string, "bson": .bytes][format])
            #expect(rest.kind == .object)
        }
        let bytes = try batch("\"output.format.value\":\"bson\"", [event(Self.delete)])
        let found = unsafe bytes[0].value.withBytes { unsafe Array($0) }
        #expect(try found == Array(event(Self.delete).bytes))
    }

    @Test("What is too deep is rejected and not null", arguments: ["document", "json"])
    func tooDeep(_ format: String) throws {
        var deep = BSONDocument.empty
        for _ in 0..<300 {
            let inner = deep
            deep = BSONWriter.document { $0.add("a", bytes: inner, type: BSONType.document) }
        }
        let event = BSONDocument(BSONWriter.document { $0.add("fullDocument", bytes: deep, type: BSONType.document) })
        let batch = try batch("\"output.format.value\":\"\(format)\"", [event])
        #expect(batch.rejections.count == 1 && batch.rejections[0].error.message.contains("nested deeper"))
    }

    @Test("Names that only look alike are two topics")
    func lookAlike() throws {
        let events = try ["\u{E9}", "e\u{301}"].map {
            try event("{\"operationType\":\"insert\",\"ns\":{\"db\":\"d\",\"coll\":\"\($0)\"},\"documentKey\":{}}")
        }
        let batch = try batch("\"topic.prefix\":\"\"", events)
        let topics = (0..<2).compactMap { batch[$0].topic.map { Array($0.utf8) } }
        #expect(topics.count == 2 && topics.first != topics.last)
    }
}
