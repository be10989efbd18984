import ConnectorKit

/// Reads documents that a record holds as a text of extended JSON or as BSON, as a StringConverter and a ByteArrayConverter
/// give them.
struct TextDocuments: ~Copyable {
    private var reader = JSONReader()
    private var keys = RecordBatch()
    /// Its only record stands for the one that was read last.
    private(set) var batch = RecordBatch()

    /// Makes a copy of a record, with fields in place of its texts; false when there is no need to.
    ///
    /// - Parameter withKey: Whether the key counts.
    /// - Throws: `rejected` when the value holds no document. A key that holds none stays as it is.
    mutating func read(_ record: borrowing Record, withKey: Bool) throws -> Bool {
        let (isKey, isValue) = (try withKey && readKey(record.key), record.value.isText)
        guard isKey || isValue else { return false }
        batch.reset()
        if isValue { try readValue(record.value) } else { try batch.append(value: JSONNull()) }
        try Self.complete(&batch, keys, isKey, isValue, record)
        return true
    }

    private static func complete(
        _ batch: inout RecordBatch, _ keys: borrowing RecordBatch, _ hasKey: Bool, _ hasValue: Bool,
        _ record: borrowing Record
    ) throws {
        try batch.edit(at: 0) { copy in
            if !hasValue {
                copy.setValue(copyOf: record.value)
                copy.schema = record.schema
            }
            if hasKey {
                copy.setKey(copyOf: keys[0].value)
            } else if record.key.exists {
                copy.setKey(copyOf: record.key)
                copy.keySchema = record.keySchema
            }
            (copy.topic, copy.partition, copy.offset) = (record.topic, record.partition, record.offset)
        }
    }

    private mutating func readKey(_ key: borrowing Value) throws -> Bool {
        let begins = unsafe key.withUTF8 { unsafe $0.first == UInt8(ascii: "{") } ?? (key.kind == .bytes)
        guard begins, let json = Self.json(key) else { return false }
        keys.reset()
        return try Self.read(json, with: &reader, into: &keys) == 0 && keys[0].value.kind == .object
    }

    private mutating func readValue(_ value: borrowing Value) throws {
        guard let json = Self.json(value) else {
            throw ConnectorError.rejected("the value is bytes that are no BSON document")
        }
        let rejected = try Self.read(json, with: &reader, into: &batch)
        guard rejected == 0, batch[0].value.kind == .object else {
            let reason = batch.rejections.first.map { " (\($0.error.message))" } ?? ""
            throw ConnectorError.rejected("the value is a text that is no JSON object, so it is no document\(reason)")
        }
    }

    private static func read(
        _ json: [UInt8], with reader: inout JSONReader, into batch: inout RecordBatch
    ) throws -> Int {
        let range = try unsafe batch.appendText(minimum: json.count) { room in
            unsafe room.copyBytes(from: json)
            return json.count
        }
        return try reader.read(range, as: .single, firstLine: nil, into: &batch).rejected
    }

    /// The JSON that a text is, or that says what BSON says; nil when bytes are no BSON.
    private static func json(_ value: borrowing Value) -> [UInt8]? {
        if let text = unsafe value.withUTF8({ unsafe Array($0) }) { return text }
        guard let bytes = unsafe value.withBytes({ unsafe Array($0) }), bytes[...].int32.map(Int.init) == bytes.count
        else { return nil }
        var json = DocumentJSON(.canonical)
        json.write(BSONDocument(bytes))
        return json.fault == nil ? json.text : nil
    }
}

extension Value {
    /// Whether it may hold a document without having fields.
    fileprivate var isText: Bool { kind == .string || kind == .bytes }
}
