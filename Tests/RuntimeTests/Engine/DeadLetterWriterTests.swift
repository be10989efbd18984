import ConnectorKit
import Testing

@testable import Runtime

@Suite("A dead letter holds the record as it was read, and why it died")
struct DeadLetterWriterTests {
    private func letter(for text: [UInt8], editing edit: (RecordEditor) throws -> Bool = { _ in true }) throws -> String
    {
        var batch = RecordBatch()
        var reader = JSONReader()
        let range = try unsafe batch.appendText(minimum: text.count) { room in
            unsafe room.copyBytes(from: text)
            return text.count
        }
        _ = try reader.read(range, as: .lines, into: &batch)
        try batch.edit(edit)
        let rejection =
            batch.rejections.first
            ?? Rejection(recordIndex: 0, stage: .put, error: .rejected("too large", native: "413"))
        let context = DeadLetterContext(
            pipeline: "p", task: 2, failedIn: "s3", rejection: rejection,
            position: Position(partition: ["file": "a"], offset: ["bytes": 9]), failedAt: 5)
        var letters = RecordBatch()
        var writer = DeadLetterWriter()
        try writer.append(0, of: batch, context, to: &letters)
        return letters[0].value.jsonText
    }

    @Test("context fields have Kafka Connect's names")
    func context() throws {
        let text = try letter(for: Array(#"{"a":1}"#.utf8))
        #expect(
            text == #"{"__connect.errors.connector.name":"p","__connect.errors.task.id":2,"#
                + #""__connect.errors.stage":"TASK_PUT","__connect.errors.class.name":"s3","#
                + #""__connect.errors.exception.class.name":"413","__connect.errors.exception.message":"too large","#
                + #""__connect.errors.partition":"{\"file\":\"a\"}","__connect.errors.offset":"{\"bytes\":9}","#
                + #""__connect.errors.timestamp":5,"value":{"a":1}}"#)
    }

    @Test("what transforms changed is as it was read")
    func original() throws {
        let text = try letter(for: Array(#"{"a":1.10,"b":[2]}"#.utf8)) { record in
            record.remove("a")
            record.set("b", "changed")
            return true
        }
        #expect(text.hasSuffix(#""value":{"a":1.10,"b":[2]}}"#))
    }

    @Test("text that is no JSON is kept as text")
    func noJSON() throws {
        #expect(try letter(for: Array(#"{"a":"#.utf8)).hasSuffix(#""text":"{\"a\":"}"#))
    }

    @Test("text too deep for a letter is kept as text", arguments: [(511, "value"), (512, "text")])
    func deep(levels: Int, member: String) throws {
        let text = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        let letter = try letter(for: Array(text.utf8))
        #expect(letter.contains("\"\(member)\":") && letter.contains(text))
    }

    @Test("bytes that are no UTF-8 are kept in base64")
    func noText() throws {
        #expect(try letter(for: [0x22, 0xFF, 0x22]).hasSuffix(#""bytes":"Iv8i"}"#))
    }

    @Test("a record kept as it was read has no time before 1970, which no topic takes", arguments: [-1, 0, 5])
    func timestamp(_ time: Int64) throws {
        var batch = RecordBatch()
        try batch.append { $0.add("n", 7) }
        try batch.edit(at: 0) { $0.timestamp = time }
        let context = DeadLetterContext(
            pipeline: "p", task: 0, failedIn: "x",
            rejection: Rejection(recordIndex: 0, stage: .put, error: .rejected("no")), position: nil, failedAt: 1)
        var letters = RecordBatch()
        try DeadLetterRecords(hasHeaders: false, redactor: Redactor()).append(0, of: batch, context, to: &letters)
        #expect(letters[0].timestamp == (time < 0 ? nil : time))
    }

    @Test(
        "a key that its converter could not read is kept byte for byte",
        arguments: [
            (Array("{\"a\": ".utf8), #""key":"{\"a\": ","value":{"n":7}}"#),
            ([0x22, 0xFF], #""key.bytes":"Iv8=","value":{"n":7}}"#),
            ([], #""key":"","value":{"n":7}}"#),
        ] as [([UInt8], String)])
    func unreadableKey(_ bytes: [UInt8], _ expected: String) throws {
        var batch = RecordBatch()
        try batch.append { $0.add("n", 7) }
        try batch.edit(at: 0) { record in unsafe bytes.withUnsafeBytes { unsafe record.setKeySource($0) } }
        let rejection = Rejection(recordIndex: 0, stage: .keyConverter, error: .rejected("no"))
        let context = DeadLetterContext(
            pipeline: "p", task: 0, failedIn: "x", rejection: rejection, position: nil, failedAt: 1)
        var letters = RecordBatch()
        var writer = DeadLetterWriter()
        try writer.append(0, of: batch, context, to: &letters)
        #expect(letters[0].value.jsonText.hasSuffix(expected), "\(letters[0].value.jsonText)")
    }

    @Test("a record that was built is kept with key, headers and metadata")
    func built() throws {
        var batch = RecordBatch()
        try batch.append { $0.add("n", 7) }
        try batch.edit(at: 0) { record in
            record.setKey("k")
            record.addHeader("h", true)
            record.topic = "t"
            record.partition = 3
            record.timestamp = 12
        }
        let context = DeadLetterContext(
            pipeline: "p", task: 0, failedIn: "x",
            rejection: Rejection(recordIndex: 0, stage: .put, error: .rejected("no")), position: nil, failedAt: 1)
        var letters = RecordBatch()
        var writer = DeadLetterWriter()
        try writer.append(0, of: batch, context, to: &letters)
        #expect(
            letters[0].value.jsonText.hasSuffix(
                #""topic":"t","partition":3,"timestamp":12,"key":"k","headers":[{"key":"h","value":true}],"value":{"n":7}}"#
            ))
    }
}
