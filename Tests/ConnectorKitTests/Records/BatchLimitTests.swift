@_spi(Testing) import ConnectorKit
import Testing

@Suite("Batches that are full, and values that are too deep")
struct BatchLimitTests {
    private static let text = #"{"a":1,"b":"text","c":[1,2,{"d":null}]}"# + "\n"

    /// A batch after `fill` was called until it was full.
    private func filled(limit: Int, _ fill: (inout RecordBatch) throws -> Void) -> RecordBatch {
        var batch = RecordBatch(bytes: 64, limit: limit)
        #expect(throws: BatchFull.self) {
            for _ in 0..<400 { try fill(&batch) }
        }
        return batch
    }

    @Test("Building stops with the record that does not fit", arguments: Array(stride(from: 0, to: 600, by: 7)))
    func building(_ limit: Int) throws {
        let batch = filled(limit: limit) { batch in
            try batch.append { record in
                record.add("name", "some text \"")
                record.object("object") { $0.add("n", 1) }
                record.array("array") { $0.add(RawBytes([1, 2, 3])) }
            }
        }
        #expect(batch.rejections.isEmpty && batch.deliverableCount == batch.count)
        for line in batch.lines { #expect(line.hasSuffix(#","object":{"n":1},"array":["AQID"]}"#)) }
        #expect(batch.lines.count == batch.count)
    }

    @Test("Scalars and text stop likewise", arguments: [0, 1, 10, 100])
    func scalars(_ limit: Int) throws {
        let batch = filled(limit: limit) { batch in
            try batch.append(value: "value")
            try unsafe Array("text".utf8).withUnsafeBytes { try unsafe batch.append(text: $0) }
            try unsafe [UInt8(0xff)].withUnsafeBytes { try unsafe batch.append(text: $0) }
        }
        #expect(batch.count == batch.deliverableCount + batch.rejections.count)
    }

    @Test("Reading appends all of a text or nothing", arguments: Array(stride(from: 0, to: 900, by: 11)))
    func reading(_ limit: Int) throws {
        var reader = JSONReader()
        let batch = filled(limit: limit) { try $0.read(Self.text + "bad\n" + Self.text, with: &reader) }
        #expect(batch.count % 3 == 0 && batch.rejections.count * 3 == batch.count)
        #expect(batch.lines.allSatisfy { $0 + "\n" == Self.text })
    }

    @Test("An edit that does not fit rejects its record alone", arguments: Array(stride(from: 60, to: 400, by: 3)))
    func editing(_ limit: Int) throws {
        var batch = RecordBatch(bytes: 64, limit: limit)
        var reader = JSONReader()
        guard (try? batch.read(Self.text + "{}\n", with: &reader)) != nil else { return }
        for round in 0..<40 {
            do {
                try batch.edit { record in
                    record.set("round", "number \(round)\"")
                    record.set(FieldName(interning: "name_\(round)"), copyOf: record["c"])
                    record.object("made").set("x", RawBytes([1, 2, 3]))
                    record.rename("b", to: FieldName(interning: "\"\(round)"))
                    record.castToString("a")
                    record.addHeader("h", copyOf: record["c"])
                    record.topic = "topic \(round)"
                    record.setKey(copyOf: record.value)
                    record.setKeyToObject().set("k", round)
                    return true
                }
            } catch {
                #expect(error is BatchFull)
                break
            }
        }
        #expect(batch.rejections.count <= 2 && batch.deliverableCount == 2 - batch.rejections.count)
        var check = RecordBatch()
        try check.read(batch.lines.joined(separator: "\n"), with: &reader)
        #expect(check.deliverableCount == batch.deliverableCount)
    }

    @Test("Copies that do not fit leave the batch as it was", arguments: [0, 40, 70, 100, 200])
    func copying(_ limit: Int) throws {
        var source = try parsed(Self.text + Self.text)
        try source.edit {
            $0.set("e", copyOf: $0["c"])
            $0.topic = "t"
            return true
        }
        let one = filled(limit: limit) { try $0.appendCopy(of: 1, from: source) }
        let all = filled(limit: limit) { try $0.appendAll(from: source) }
        #expect(all.count % 2 == 0)
        #expect(one.lines.allSatisfy { $0 == source.lines[0] } && all.lines.allSatisfy { $0 == source.lines[0] })
    }

    @Test("explode and appendText at the limit")
    func explode() throws {
        var batch = RecordBatch(bytes: 64, limit: 64)
        var reader = JSONReader()
        try batch.read("[1,2,3]\n", with: &reader)
        try batch.edit(at: 0) { $0.setKeyToObject().set("a", 1) }
        #expect(throws: BatchFull.self) {
            for _ in 0..<100 { try batch.edit(at: 0) { $0.setKey("text") } }
        }
        #expect(throws: BatchFull.self) { try unsafe batch.appendText(minimum: 65) { _ in 0 } }
    }

    @Test("A builder, an editor and a copy reach 512 levels and no more")
    func depth() throws {
        var batch = RecordBatch()
        try batch.append { nest($0, 511) }
        try batch.append { nest($0, 512) }
        try batch.append { $0.add("fine", 1) }
        #expect(batch.count == 3 && batch.rejections.map(\.recordIndex) == [1])
        #expect(batch.messages == ["The value is nested deeper than 512 levels."])
        #expect(batch.lines[0] == String(repeating: #"{"n":"#, count: 511) + "{}" + String(repeating: "}", count: 511))
        try batch.edit { record in
            if record.index == 2 { record.set("copy", copyOf: record["fine"]) }
            if record.index == 0 { record.object("n").set("again", copyOf: record.value) }
            return true
        }
        #expect(batch.rejections.map(\.recordIndex) == [1, 0])
        let path = FieldPath(names: Array(repeating: "p", count: 513))
        try batch.edit {
            $0.set(path: path, 1)
            return true
        }
        #expect(batch.rejections.map(\.recordIndex) == [1, 0, 2] && batch.deliverableCount == 0)
    }

    private func nest(_ object: borrowing ObjectBuilder, _ depth: Int) {
        if depth > 0 { object.object("n") { nest($0, depth - 1) } }
    }
}
