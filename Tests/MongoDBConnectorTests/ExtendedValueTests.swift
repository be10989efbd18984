import CMongo
import ConnectorKit
import TestSupport
import Testing

@testable import MongoDBConnector

@Suite("MongoDB sink and extended JSON", .timeLimit(.minutes(15)))
struct ExtendedValueTests {
    /// The document of the insert that a record makes.
    private func stored(
        _ settings: String = "", key: String? = nil, _ fill: (inout RecordBatch) throws -> Void
    ) throws -> [UInt8] {
        let uri = "\"connection.uri\":\"mongodb://h:1/\",\"database\":\"d\",\"writemodel.strategy\":\"insert\""
        let values = try ConfigValues(
            json: "{\(uri)\(settings.isEmpty ? "" : ",")\(settings)}", definition: MongoDBSink.definition.config)
        let log = OperationLog(SinkConfig(values))
        var batch = RecordBatch()
        try fill(&batch)
        try batch.edit(at: 0) { record in
            record.topic = "t"
            if let key { unsafe Array(key.utf8).withUnsafeBytes { unsafe record.setKey(text: $0) } }
        }
        try log.add(batch[0])
        return unsafe log.withBytes(log.operations[0].bytes) { unsafe Array($0) }
    }

    private func stored(text: [UInt8]) throws -> [UInt8] {
        try stored { batch in try unsafe text.withUnsafeBytes { try unsafe batch.append(text: $0) } }
    }

    private func read(_ json: String, into batch: inout RecordBatch) throws {
        let bytes = Array(json.utf8)
        let range = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        #expect(try reader.read(range, as: .single, into: &batch).rejected == 0)
    }

    private func value(_ json: String) throws -> String {
        let document = try stored { try read("{\"_id\":0,\"v\":\(json)}", into: &$0) }
        let text = extendedJSON(document)
        return String(text.dropFirst("{ \"_id\" : { \"$numberLong\" : \"0\" }, \"v\" : ".count).dropLast(2))
    }

    @Test("Whatever a formatter that keeps types wrote is stored as it was", arguments: ExtendedJSONTests.cases)
    func back(_ given: ExtendedJSONTests.Case) throws {
        let expected = try bson("{\"_id\":{\"$numberInt\":\"0\"},\"v\":\(given.value)}")
        for style in [DocumentStyle.canonical, .strict] {
            if style == .strict, given.value.contains("dbPointer") { continue }
            var json = DocumentJSON(style, isSpaced: true)
            json.write(BSONDocument(expected))
            let text = json.text
            #expect(
                try stored(text: text)
                    == expected)
        }
        #expect(try stored { try $0.append(value: RawBytes(expected)) } == expected)
        var object = DocumentJSON(.canonical)
        object.write(BSONDocument(expected))
        let text = String(decoding: object.text, as: UTF8.self)
        #expect(try stored { try read(text, into: &$0) } == expected)
    }

    @Test("Any document comes back through text, fields and BSON")
    func roundTrips() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let values = try (0..<8).map { _ in try anyValue(&random) }
            let expected = BSONWriter.document { document in
                document.add("_id", bytes: Array(0..<12), type: BSONType.objectID)
                document.element(BSONType.array, "a")
                let list = document.open()
                for (index, value) in values.prefix(4).enumerated() { document.add(value, at: index) }
                document.close(list)
                document.object("b") { inner in
                    inner.add("c", bytes: values[4].payload, type: values[4].type)
                    inner.object("d") { $0.add("", bytes: values[5].payload, type: values[5].type) }
                }
                document.add("e", bytes: values[6].payload, type: values[6].type)
                document.add("$", bytes: values[7].payload, type: values[7].type)
            }
            var json = DocumentJSON(.canonical, isSpaced: Bool.random(using: &random))
            json.write(BSONDocument(expected))
            let text = json.text
            let found = [
                try stored(text: text),
                try stored { try read(String(decoding: text, as: UTF8.self), into: &$0) },
                try stored { try $0.append(value: RawBytes(expected)) },
            ]
            for document in found { #expect(document == expected, "\(extendedJSON(expected))") }
        }
    }

    @Test(
        "Relaxed and legacy forms, and what only looks like one",
        arguments: [
            (#"{"$date":"2020-01-01T00:00:00Z"}"#, #"{ "$date" : { "$numberLong" : "1577836800000" } }"#),
            (#"{"$date":1577836800000}"#, #"{ "$date" : { "$numberLong" : "1577836800000" } }"#),
            (#"{"$date":{"$numberLong":"-1"}}"#, #"{ "$date" : { "$numberLong" : "-1" } }"#),
            (
                #"{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}"#,
                #"{ "$binary" : { "base64" : "ABEiM0RVZneImaq7zN3u/w==", "subType" : "04" } }"#
            ),
            (#"{ "$oid" : "0123456789ABCDEF01234567" }"#, #"{ "$oid" : "0123456789abcdef01234567" }"#),
            (#"{"$binary":"AAEC","$type":"0"}"#, #"{ "$binary" : { "base64" : "AAEC", "subType" : "00" } }"#),
            (#"{"$options":"i","$regex":"a"}"#, #"{ "$options" : "i", "$regex" : "a" }"#),
            (#"{"$regex":"a","$options":"xi"}"#, #"{ "$regularExpression" : { "pattern" : "a", "options" : "ix" } }"#),
            (#"{"$numberDecimal":"1.10"}"#, #"{ "$numberDecimal" : "1.10" }"#),
            (#"{"$numberInt":"7"}"#, #"{ "$numberInt" : "7" }"#),
            (#"{"\u0024oid":"0123456789abcdef01234567"}"#, #"{ "$oid" : "0123456789abcdef01234567" }"#),
            (#"{"$date":0,"more":1}"#, #"{ "$date" : { "$numberLong" : "0" }, "more" : { "$numberLong" : "1" } }"#),
            (#"{"$price":1}"#, #"{ "$price" : { "$numberLong" : "1" } }"#),
            (#"{"oid":1}"#, #"{ "oid" : { "$numberLong" : "1" } }"#),
        ])
    func forms(_ json: String, _ expected: String) throws { #expect(try value(json) == expected) }

    @Test(
        "One that says nothing is rejected by its field",
        arguments: [
            #"{"$oid":"xyz"}"#, #"{"$oid":7}"#, #"{"$numberLong":"9223372036854775808"}"#, #"{"$numberInt":"1.5"}"#,
            #"{"$numberDouble":"1e999"}"#, #"{"$numberDecimal":"12345678901234567890123456789012345"}"#,
            #"{"$date":"yesterday"}"#, #"{"$date":{"$numberInt":"1"}}"#, #"{"$date":"2020-01-01T00:00:00.123456Z"}"#,
            #"{"$binary":"***","$type":"00"}"#, #"{"$binary":{"base64":"AAEC"}}"#, #"{"$timestamp":{"t":-1,"i":0}}"#,
            #"{"$regularExpression":{"pattern":"a\u0000","options":""}}"#, #"{"$minKey":2}"#, #"{"$undefined":false}"#,
            #"{"$dbPointer":{"$ref":"c","$id":7}}"#, #"{"$symbol":1}"#, #"{"$uuid":"7"}"#,
        ])
    func broken(_ json: String) throws {
        let error = #expect(throws: ConnectorError.self) { _ = try value(json) }
        #expect(error?.kind == .rejected && error?.message.contains("field v is no extended JSON $") == true)
    }

    @Test("A text that is no document is rejected", arguments: ["", "7", "[1]", "{\"a\":", "\"x\"", "hello", "{} {}"])
    func noDocument(_ text: String) throws {
        let error = #expect(throws: ConnectorError.self) {
            _ = try stored(text: Array(text.utf8))
        }
        #expect(error?.kind == .rejected && error?.message.contains("no document") == true, "\(error?.message ?? "")")
        let bytes = #expect(throws: ConnectorError.self) {
            _ = try stored { try $0.append(value: RawBytes(Array(text.utf8))) }
        }
        #expect(bytes?.kind == .rejected)
    }

    @Test("A key that is the text of a document gives the _id, and another text is one itself")
    func keys() throws {
        let id = #"{"_id":{"$oid":"0123456789abcdef01234567"}}"#
        let provided = "\"document.id.strategy\":\"provided_in_key\""
        let document = try stored(provided, key: id) { try read(#"{"a":"x"}"#, into: &$0) }
        #expect(extendedJSON(document) == #"{ "_id" : { "$oid" : "0123456789abcdef01234567" }, "a" : "x" }"#)
        for text in ["k", "{k", "7"] {
            let document = try stored("\"document.id.strategy\":\"full_key\"", key: text) { try read("{}", into: &$0) }
            #expect(extendedJSON(document) == #"{ "_id" : "\#(text)" }"#)
        }
    }

    static let formats = [
        #""output.json.formatter":"ExtendedJson""#,
        #""output.json.formatter":"ExtendedJson","output.format.value":"json""#,
        #""output.json.formatter":"DefaultJson","output.format.value":"json""#, #""output.format.value":"bson""#,
    ]

    @Test("Every type of an event comes back out of the bytes that a converter makes of its record", arguments: formats)
    func throughKafka(_ format: String) throws {
        let uri = #""connection.uri":"mongodb://h:1/","database":"d","publish.full.document.only":true"#
        let values = try ConfigValues(json: "{\(uri),\(format)}", definition: MongoDBSource.definition.config)
        for given in ExtendedJSONTests.cases where keeps(given.value, format) {
            let document = try bson("{\"_id\":{\"$numberInt\":\"0\"},\"v\":\(given.value)}")
            let event = BSONWriter.document { event in
                event.add("operationType", "insert")
                event.add("fullDocument", bytes: document, type: BSONType.document)
            }
            var decoder = EventDecoder(SourceConfig(values))
            var batch = RecordBatch()
            try decoder.append(event: BSONDocument(event), to: &batch)
            #expect(try stored(converted: batch) == document, "\(given.value)")
        }
    }

    /// The form before version 2 makes references of pointers.
    private func keeps(_ value: String, _ format: String) -> Bool {
        !(format.contains("DefaultJson") && value.contains("dbPointer"))
    }

    /// As the converter of the kind of value writes it, and reads it again.
    private func stored(converted batch: borrowing RecordBatch) throws -> [UInt8] {
        let value = batch[0].value
        if let text = value.string { return try stored(text: Array(text.utf8)) }
        if let bytes = unsafe value.withBytes({ unsafe Array($0) }) {
            return try stored { try $0.append(value: RawBytes(bytes)) }
        }
        let json = value.jsonText
        return try stored { try read(json, into: &$0) }
    }

    private func anyValue(_ random: inout some RandomNumberGenerator) throws -> (type: UInt8, payload: [UInt8]) {
        let value = ExtendedJSONTests.cases.randomElement(using: &random)?.value ?? "null"
        let element = try #require(BSONDocument(extendedJSON: "{\"v\":\(value)}")?["v"])
        return (element.type, Array(element.payload))
    }
}

extension BSONWriter {
    fileprivate mutating func add(_ value: (type: UInt8, payload: [UInt8]), at index: Int) {
        element(value.type, index)
        unsafe value.payload.withUnsafeBytes { unsafe put($0) }
    }
}
