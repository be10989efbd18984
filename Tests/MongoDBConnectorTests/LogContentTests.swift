import ConnectorKit
import Testing

@testable import MongoDBConnector

@Suite("MongoDB's words stay out of logs")
struct LogContentTests {
    @Test(
        "A refusal is named up to where the server quotes the document, and its detail has all of it",
        arguments: [
            (
                11000, "E11000 duplicate key error collection: db.c index: email_1 dup key: { email: \"hunter2\" }",
                "E11000 duplicate key error collection: db.c index: email_1 dup key"
            ),
            (121, "Document failed validation", "Document failed validation"),
            (
                16755, "Can't extract geo keys: { _id: 1, loc: \"hunter2\" } Point must be an array",
                "Can't extract geo keys"
            ),
            (14, "Cannot apply $inc to hunter2, which is of type string", "the server refuses it with code 14"),
            (2, "{ hunter2: 1 } is bad", "the server refuses it with code 2"),
        ])
    func refusal(_ given: (code: Int, text: String, message: String)) {
        let error = ServerError(quoting: given.text, code: given.code, .badDocument).connectorError(
            "MongoDB refuses it")
        #expect(error.message == "MongoDB refuses it: \(given.message)")
        #expect(error.fullMessage.contains(given.text) && error.native == "\(given.code)")
    }

    @Test("A name made for a collection is not in the message that refuses it")
    func collection() throws {
        var batch = RecordBatch()
        try batch.append { $0.add("name", "hunter2$") }
        let template = CollectionTemplate("${field:name}")
        let error = #expect(throws: ConnectorError.self) { _ = try template.name(for: batch[0]) }
        #expect(error?.message.contains("hunter2") == false && error?.detail?.contains("hunter2$") == true)
    }
}
