@_spi(Testing) import ConnectorKit
import Testing

@Suite("Batches")
struct RecordBatchTests {
    @Test("Records are built field by field")
    func building() throws {
        var batch = RecordBatch(bytes: 16)
        for index in 0..<1000 {
            try batch.append { record in
                record.add("id", index)
                record.add("name", "n\"\(index)")
                record.object("actor") { $0.add("login", "x") }
                record.array("tags") { tags in
                    tags.add(1)
                    tags.object { $0.add("a", true) }
                    tags.array { _ in }
                    unsafe Array("é".utf8).withUnsafeBytes { unsafe tags.add(text: $0) }
                }
                record.object("none") { _ in }
            }
        }
        #expect(batch.count == 1000 && batch.deliverableCount == 1000)
        #expect(batch[7]["actor"]["login"] == "x" && batch[999]["id"].int == 999)
        #expect(
            batch.lines[7] == #"{"id":7,"name":"n\"7","actor":{"login":"x"},"tags":[1,{"a":true},[],"é"],"none":{}}"#)
        #expect(batch.byteCount > 1000 * 20 && sourceText(of: 0, in: batch) == nil)
    }

    @Test("A build that throws leaves nothing behind")
    func buildThrows() throws {
        struct Stop: Error {}
        var batch = RecordBatch()
        try batch.append { $0.add("a", 1) }
        let before = batch.byteCount
        #expect(throws: Stop.self) {
            try batch.append {
                $0.add("b", "text")
                throw Stop()
            }
        }
        #expect(batch.count == 1 && batch.byteCount == before)
        try batch.append { $0.add("b", 2) }
        #expect(batch.lines == [#"{"a":1}"#, #"{"b":2}"#])
    }

    @Test("Scalars, tombstones and text")
    func scalars() throws {
        var batch = RecordBatch()
        try batch.append(value: 5)
        try batch.append(value: JSONNull())
        try unsafe Array("line \"1\"".utf8).withUnsafeBytes { try unsafe batch.append(text: $0) }
        #expect(batch.lines == ["5", "null", #""line \"1\"""#])
        #expect(batch[1].isTombstone && !batch[0].isTombstone)
        #expect(batch.count == 3)
    }

    @Test("Text that is not UTF-8 is a rejected record with its bytes")
    func badText() throws {
        var batch = RecordBatch()
        try unsafe [UInt8(0x61), 0xff].withUnsafeBytes { try unsafe batch.append(text: $0) }
        #expect(batch.count == 1 && batch.deliverableCount == 0 && batch.rejections[0].stage == .valueConverter)
        let bytes = unsafe batch.withSourceText(0) { bytes in unsafe bytes.map { unsafe Array($0) } }
        #expect(bytes == [0x61, 0xff])
    }

    @Test("Metadata")
    func metadata() throws {
        var batch = try parsed("{\"a\":1}\n{\"a\":2}\n")
        let (schema, keySchema) = (Schema(.structure([])), Schema(.string))
        try batch.edit { record in
            record.topic = "orders"
            record.partition = 3
            record.offset = 9_007_199_254_740_993
            record.timestamp = 1_700_000_000_000
            record.setKey("k\(record["a"].int ?? 0)")
            record.addHeader("h", "one")
            record.addHeader("i", copyOf: record.value)
            record.addHeader("h", 2)
            record.schema = schema
            record.keySchema = keySchema
            return true
        }
        for index in 0..<2 {
            let record = batch[index]
            #expect(record.offset == 9_007_199_254_740_993)
            #expect(record.topic == "orders" && record.partition == 3 && record.timestamp == 1_700_000_000_000)
            #expect(record.topicEquals("orders") == true)
            #expect(record.topicEquals("order") == false)
            #expect(record.key.string == "k\(index + 1)")
            #expect(record.schema === schema && record.keySchema === keySchema)
            var headers: [String] = []
            record.headers.forEach { headers.append("\($0.string ?? ""):\($1.jsonText)") }
            #expect(headers == ["h:\"one\"", "i:{\"a\":\(index + 1)}", "h:2"] && record.headers.count == 3)
            #expect(record.headers.first(named: "h") == "one" && !record.headers.first(named: "x").exists)
        }
        try batch.edit(at: 1) { record in
            record.removeHeaders(named: "h")
            record.topic = nil
            record.partition = nil
            record.offset = nil
            record.timestamp = nil
        }
        #expect(batch[1].headers.count == 1 && batch[1].topic == nil)
        #expect(batch[1].partition == nil && batch[1].offset == nil)
        #expect(batch[1].timestamp == nil && batch[0].headers.count == 3 && batch[0].topic == "orders")
    }

    @Test("An edit pass drops, rejects, and goes on")
    func passes() throws {
        struct Odd: Error {}
        var batch = try parsed((0..<10).map { "{\"n\":\($0)}" }.joined(separator: "\n"))
        try batch.edit { record in
            let number = record["n"].int ?? -1
            if number == 3 { throw Odd() }
            if number == 4 { throw ConnectorError.rejected("four") }
            record.set("seen", true)
            return number % 2 == 0
        }
        #expect(batch.deliverableCount == 4 && batch.isDropped(1) && !batch.isDropped(3) && !batch.isDeliverable(3))
        #expect(
            batch.rejections.map(\.recordIndex) == [3, 4]
                && batch.rejections.map(\.stage) == [.transformation, .transformation])
        #expect(batch.messages == ["Odd()", "four"])
        var visited: [Int64] = []
        batch.forEach { visited.append($0["n"].int ?? -1) }
        #expect(visited == [0, 2, 6, 8])
        batch.drop(3)
        batch.reject(0, Rejection(recordIndex: 99, stage: .put, error: .rejected("sink")))
        #expect(batch.rejections.map(\.recordIndex) == [3, 4, 0] && batch.deliverableCount == 3 && !batch.isDropped(3))
    }

    @Test("Records set aside are not edited, but delivered")
    func aside() throws {
        var batch = try parsed("1\n2\n3\n")
        batch.setAside { $0.value.int == 2 }
        try batch.edit { _ in false }
        #expect(batch.lines == ["2"])
        batch.takeBackAll()
        try batch.edit {
            $0.setValue("two")
            return true
        }
        #expect(batch.lines == [#""two""#])
    }

    @Test("reset empties the batch, and it can be used again")
    func reset() throws {
        var batch = RecordBatch(bytes: 0)
        var reader = JSONReader()
        for round in 0..<3 {
            try batch.read("{\"a\":\(round)}\nx\n", with: &reader)
            batch.mark(Position(partition: ["f": "x"], offset: ["o": 1]))
            try batch.edit {
                $0.set("name", "value")
                $0.topic = "t"
                return true
            }
            #expect(batch.lines == ["{\"a\":\(round),\"name\":\"value\"}"] && batch[0].topic == "t")
            batch.reset()
            #expect(batch.count == 0 && batch.deliverableCount == 0 && batch.byteCount == 0)
            #expect(batch.rejections.isEmpty && batch.marks.isEmpty)
        }
    }

    @Test("Marks say how many records they cover")
    func marks() throws {
        var batch = RecordBatch()
        var reader = JSONReader()
        let place = { (offset: Int64) in Position(partition: ["file": "x"], offset: ["line": .int(offset)]) }
        try batch.read("1\n2\n", with: &reader)
        batch.mark(place(2))
        try batch.read("3\n", with: &reader)
        batch.mark(place(3))
        #expect(
            batch.marks == [
                PositionMark(recordCount: 2, position: place(2)), PositionMark(recordCount: 3, position: place(3)),
            ])
    }
}
