import ConnectorKit
import Testing

/// A batch of what stands in `text`.
func parsed(_ text: String, as framing: Framing = .lines) throws -> RecordBatch {
    var batch = RecordBatch()
    var reader = JSONReader()
    try batch.read(text, as: framing, with: &reader)
    return batch
}

extension RecordBatch {
    @discardableResult
    mutating func read(
        _ text: String, as framing: Framing = .lines, with reader: inout JSONReader
    ) throws -> (records: Int, rejected: Int, lines: Int) {
        let bytes = Array(text.utf8)
        let range = try unsafe appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        return try reader.read(range, as: framing, into: &self)
    }

    /// The values of the deliverable records, a line each.
    var lines: [String] {
        var writer = JSONWriter()
        _ = writer.writeLines(self)
        return writer.text.split(separator: "\n").map(String.init)
    }

    var messages: [String] { rejections.map(\.error.message) }
}

extension JSONWriter {
    var text: String { unsafe withBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}

/// What an edit of one record makes of its value.
func edited(_ text: String, _ edit: (RecordEditor) throws -> Void) throws -> String {
    var batch = try parsed(text)
    try batch.edit {
        try edit($0)
        return true
    }
    try #require(batch.deliverableCount == 1, "\(batch.messages)")
    return batch[0].value.jsonText
}
