import ConnectorKit

/// A record to transform, its parts as JSON text.
struct TestRecord: Sendable, CustomStringConvertible {
    var value = "null"
    var key: String?
    /// An array of objects with `key` and `value`.
    var headers = "[]"
    var topic: String?
    var partition: Int32?
    var offset: Int64?
    var timestamp: Int64?

    var description: String { key.map { "\($0): \(value)" } ?? value }

    /// Appends the record to a batch.
    func append(to batch: inout RecordBatch) throws {
        let index = batch.count
        try batch.read("{\"value\":\(value),\"key\":\(key ?? "null"),\"headers\":\(headers)}")
        try batch.edit(at: index) { record in
            record["headers"].forEach({ header in
                record.addHeader(FieldName(interning: header["key"].string ?? ""), copyOf: header["value"])
            })
            if key != nil { record.setKey(copyOf: record["key"]) }
            record.setValue(copyOf: record["value"])
            record.topic = topic
            record.partition = partition
            record.offset = offset
            record.timestamp = timestamp
        }
    }
}

extension RecordBatch {
    /// Reads JSON values, one a line, as a source does.
    mutating func read(_ text: String) throws {
        let bytes = Array(text.utf8)
        let range = try unsafe appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        _ = try reader.read(range, as: .lines, into: &self)
    }
}
