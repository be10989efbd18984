import ConnectorKit
import Testing

@Suite("Records of text")
struct TextRecordTests {
    /// Appends bytes as a record's text, copied or as they stand in the batch.
    private func append(_ bytes: [UInt8], standing: Bool, to batch: inout RecordBatch) throws {
        guard standing else { return try unsafe bytes.withUnsafeBytes { try unsafe batch.append(text: $0) } }
        let range = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        try batch.append(text: range)
    }

    @Test("text becomes a string, copied or as it stands", arguments: [false, true])
    func text(standing: Bool) throws {
        var batch = RecordBatch()
        let texts = ["", "plain", "\"quoted\"\n\\", "Barış 🙂"]
        for text in texts { try append(Array(text.utf8), standing: standing, to: &batch) }
        #expect(batch.deliverableCount == texts.count)
        for (index, text) in texts.enumerated() { #expect(batch[index].value.string == text) }
        #expect(batch.lines == ["\"\"", "\"plain\"", #""\"quoted\"\n\\""#, "\"Barış 🙂\""])
    }

    @Test("text that is no UTF-8 is rejected with its bytes, wherever it breaks", arguments: [false, true])
    func broken(standing: Bool) throws {
        for length in [1, 7, 8, 9, 63, 64, 65, 130] {
            for place in 0..<length {
                var batch = RecordBatch()
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[place] = 0xFF
                try append(bytes, standing: standing, to: &batch)
                try append([0x62], standing: standing, to: &batch)
                #expect(batch.rejections.map(\.recordIndex) == [0] && batch.lines == ["\"b\""])
                #expect(unsafe batch.withSourceText(0) { unsafe $0.map { unsafe Array($0) } } == bytes)
            }
        }
    }

    @Test("characters of several bytes may stand anywhere, whole")
    func characters() throws {
        for character in ["ü", "€", "🙂"] {
            for place in 0..<70 {
                var batch = RecordBatch()
                let bytes = Array((String(repeating: "a", count: place) + character + "bcdefghij").utf8)
                try append(bytes, standing: true, to: &batch)
                #expect(batch.deliverableCount == 1)
                try append(Array(bytes.prefix(place + 1)), standing: true, to: &batch)
                #expect(batch.deliverableCount == 1, "half of \(character) behind \(place) bytes was taken")
            }
        }
    }
}
