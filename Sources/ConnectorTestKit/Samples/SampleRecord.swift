public import ConnectorKit

/// A record as JSON texts: what the checks write and expect.
public struct SampleRecord: Sendable, Hashable, CustomStringConvertible {
    /// The key; nil when there is none.
    public var key: String?
    /// The value; `null` in a tombstone.
    public var value: String

    /// A record of JSON texts.
    public init(key: String? = nil, value: String) {
        self.key = key
        self.value = value
    }

    /// Key and value, cut to a readable length.
    public var description: String {
        let text = (key.map { "\($0): " } ?? "") + value
        return text.utf8.count <= 200 ? text : "\(text.prefix(200))… (\(text.utf8.count) bytes)"
    }

    /// The record at `index` of a batch.
    public init(_ batch: borrowing RecordBatch, _ index: Int) {
        let key = batch[index].key
        self.key = key.exists ? key.jsonText : nil
        value = batch[index].value.jsonText
    }

    /// Appends the record to a batch, as if it had been read from text.
    public func append(to batch: inout RecordBatch, topic: String? = nil) throws {
        let index = batch.count
        let bytes = Array("{\"key\":\(key ?? "null"),\"value\":\(value)}".utf8)
        let text = try unsafe batch.appendText(minimum: bytes.count) { room in
            unsafe room.copyBytes(from: bytes)
            return bytes.count
        }
        var reader = JSONReader()
        _ = try reader.read(text, as: .single, into: &batch)
        try require(batch.count == index + 1, "the sample \(self) is no JSON")
        try batch.edit(at: index) { record in
            if key != nil { record.setKey(copyOf: record["key"]) }
            record.setValue(copyOf: record["value"])
            record.topic = topic
        }
    }
}
