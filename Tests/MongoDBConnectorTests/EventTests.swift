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
