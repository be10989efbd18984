@_spi(Testing) import ConnectorKit
import Testing

@Suite("Copies between batches")
struct RecordCopyTests {
    private func example() throws -> RecordBatch {
        var batch = try parsed(#"{"a":[1, {"b":"\u0041"}],"c":"x"}"# + "\n2\nbad\n" + #"{"d":{"e":null}}"#)
        batch.mark(Position(partition: [:], offset: ["n": 4]))
        try batch.edit { record in
            record.set("new", "n\"")
            record.set("copy", copyOf: record["a"])
            record.object("d").set("f", 1.5)
            record.setKey(copyOf: record["copy"])
            record.addHeader("h", RawBytes([1]))
            record.topic = "t"
            record.partition = Int32(record.index)
            record.offset = Int64(record.index) << 40
            return record.value.int != 2
        }
        return batch
    }

    private func describe(_ record: borrowing Record) -> String {
        var headers = ""
        record.headers.forEach { headers += "\($0.jsonText)=\($1.jsonText)" }
        return
            "\(record.value.jsonText) \(record.key.jsonText) \(headers) \(record.topic ?? "") \(record.partition ?? -1) \(record.offset ?? -1)"
    }

    @Test("A record is copied with all it has")
    func one() throws {
        let source = try example()
        var target = RecordBatch(bytes: 16)
        try target.append { $0.add("first", 1) }
        for index in [3, 0, 0] { try target.appendCopy(of: index, from: source) }
        #expect(target.count == 4)
        #expect(describe(target[1]) == describe(source[3]) && describe(target[2]) == describe(source[0]))
        #expect(sourceText(of: 2, in: target) == sourceText(of: 0, in: source))
        try target.edit {
            $0.object("d").set("f", 2)
            $0.set("new", copyOf: $0["a"])
            $0.remove("c")
            $0.rename("copy", to: "c")
            return true
        }
        #expect(target.lines[1] == #"{"d":{"e":null,"f":2},"new":null,"c":null}"#)
        #expect(target.lines[2] == target.lines[3] && source.lines.count == 2)
        #expect(
            target.lines[2]
                == #"{"a":[1, {"b":"\u0041"}],"new":[1, {"b":"\u0041"}],"c":[1, {"b":"\u0041"}],"d":{"f":2}}"#)
    }

    @Test("Empty names and texts far behind in their batch are copied into a small one")
    func emptyTexts() throws {
        let filler = "\"" + String(repeating: "x", count: 1 << 22) + "\"\n"
        var source = try parsed(filler + #"{"":"", "a":{"":[]},"b":"","c":[""]}"#)
        try source.edit {
            guard $0.index == 1 else { return true }
            $0.set("d", "")
            $0.set("", copyOf: $0["b"])
            $0.object("a").set("", "")
            $0.rename("b", to: "")
            $0.set("e", copyOf: $0["c"][0])
            $0.set(path: FieldPath(names: ["f", ""]), copyOf: $0["a"])
            return true
        }
        var target = RecordBatch(bytes: 16)
        try target.appendCopy(of: 1, from: source)
        #expect(target.lines == [source.lines[1]])
        try target.edit {
            $0.set("", 1)
            #expect($0["d"] == "" && $0["a"][""] == "")
            return true
        }
        #expect(target.lines == [#"{"a":{"":""},"":1,"c":[""],"d":"","e":"","f":{"":{"":""}}}"#])
    }

    @Test("All deliverable records and the marks are copied, into an empty batch and behind others")
    func all() throws {
        let source = try example()
        for before in [0, 2] {
            var target = RecordBatch(bytes: 16)
            for index in 0..<before { try target.append { $0.add("index", index) } }
            try target.appendAll(from: source)
            #expect(target.count == before + 2 && target.rejections.isEmpty)
            #expect(describe(target[before]) == describe(source[0]))
            #expect(describe(target[before + 1]) == describe(source[3]))
            #expect(target.marks.map(\.recordCount) == [before + 2])
            try target.edit {
                $0.set("c", 0)
                $0.set("fresh", $0.index)
                $0.remove("copy")
                return true
            }
            #expect(source[0]["c"] == "x" && target[before]["c"].int == 0)
            #expect(target[before + 1]["fresh"].int == Int64(before + 1))
        }
    }

    @Test("a batch knows that records were rejected, also of batches it took without them")
    func knowsOfRejections() throws {
        var source = try parsed("1\n2\n")
        var target = RecordBatch()
        try target.appendAll(from: source)
        #expect(target.hasRejections == false)
        source.reject(1, Rejection(recordIndex: 1, stage: .put, error: .rejected("no")))
        #expect(source.hasRejections == true)
        try target.appendAll(from: source)
        #expect(target.hasRejections == true && target.rejections.isEmpty && target.count == 3)
        target.reset()
        #expect(target.hasRejections == false)
    }

    @Test("explode makes a record of each element, with its own key and headers")
    func explode() throws {
        var batch = try parsed("1\n{\"id\":7,\"xs\":[{\"a\":1},\"s\",[2]]}\n3\nbad\n")
        try batch.edit(at: 1) {
            $0.setKeyToObject().set("id", copyOf: $0["id"])
            $0.addHeader("h", 1)
        }
        batch.mark(Position(partition: [:], offset: ["n": 4]))
        #expect(try batch.explode(1, at: FieldPath("xs")) == 3)
        #expect(batch.lines == ["1", #"{"a":1}"#, #""s""#, "[2]", "3"])
        #expect(batch.count == 6 && batch.rejections.map(\.recordIndex) == [5] && batch.marks[0].recordCount == 6)
        try batch.edit(at: 2) {
            $0.keyObject?.set("id", 8)
            $0.addHeader("i", 2)
        }
        try batch.edit(at: 1) { $0.set("b", 2) }
        #expect(batch[1].key["id"].int == 7 && batch[2].key["id"].int == 8 && batch[3].key["id"].int == 7)
        #expect(batch[1].headers.count == 1 && batch[2].headers.count == 2)
        #expect(batch.lines == ["1", #"{"a":1,"b":2}"#, #""s""#, "[2]", "3"])
        #expect(sourceText(of: 1, in: batch) == #"{"a":1}"#)
    }

    @Test("explode of an empty array drops, of no array throws")
    func explodeOdd() throws {
        var batch = try parsed("[]\n{\"a\":1}\n[1,2]")
        #expect(try batch.explode(0, at: nil) == 0)
        #expect(batch.isDropped(0) && batch.count == 3)
        #expect(throws: ConnectorError.self) { try batch.explode(1, at: FieldPath("a")) }
        #expect(throws: ConnectorError.self) { try batch.explode(1, at: nil) }
        #expect(try batch.explode(2, at: nil) == 2)
        #expect(batch.lines == [#"{"a":1}"#, "1", "2"])
    }
}
