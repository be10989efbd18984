import ConnectorKit

/// Makes records of messages; keeps its buffers from message to message.
struct RecordDecoder: ~Copyable {
    private let keyConverter: Converter
    private let valueConverter: Converter
    private var reader = JSONReader()
    private var key = RecordBatch(bytes: 1 << 10)
    private var value = RecordBatch(bytes: 1 << 10)
    private var names: [String: FieldName] = [:]

    /// Header names are kept for the life of the process, so there must be an end to them.
    private static let mostNames = 10_000

    init(key: Converter, value: Converter) {
        keyConverter = key
        valueConverter = value
    }

    /// Appends the record of a message; one that cannot be read is rejected and keeps its bytes.
    mutating func append(
        _ message: Received, topic: FieldName, to batch: inout RecordBatch
    ) throws {
        let first = batch.count
        if let fault = try readKey(message) {
            try unsafe batch.appendRejected(message.value ?? Self.none, stage: fault.0, .rejected(fault.1))
        } else {
            try appendValue(message, to: &batch)
        }
        let hasNames = learnNames(message)
        try batch.edit(at: first) { record in
            record.setTopic(topic)
            record.partition = message.partition
            record.offset = message.offset
            record.timestamp = message.timestamp
            if key.count == 1 { setKey(key[0].value, of: record) }
            if hasNames { addHeaders(message, to: record) }
        }
        if !hasNames {
            let error = ConnectorError.rejected("the records have more than \(Self.mostNames) different header names")
            batch.reject(first, Rejection(recordIndex: first, stage: .headerConverter, error: error))
        }
        batch.locateRejections(from: first, at: "\(topic)-\(message.partition) offset \(message.offset)")
    }

    /// Reads the key into a batch of its own, from where it is copied; none is left there for a message without a key.
    private mutating func readKey(_ message: Received) throws -> (Stage, String)? {
        key.reset()
        guard let bytes = unsafe message.key else { return nil }
        try unsafe keyConverter.append(bytes, &reader, to: &key)
        guard let rejection = key.rejections.first else { return nil }
        key.reset()
        return (.keyConverter, "the key: \(rejection.error.message)")
    }

    private mutating func appendValue(_ message: Received, to batch: inout RecordBatch) throws {
        guard let bytes = unsafe message.value else { return try appendTombstone(to: &batch) }
        guard key.count == 1, key[0].value.isContainer else {
            return try unsafe valueConverter.append(bytes, &reader, to: &batch)
        }
        value.reset()
        try unsafe valueConverter.append(bytes, &reader, to: &value)
        if let rejection = value.rejections.first {
            return try unsafe batch.appendRejected(bytes, stage: rejection.stage, rejection.error)
        }
        try batch.append { pair in
            pair.add("key", copyOf: key[0].value)
            pair.add("value", copyOf: value[0].value)
        }
    }

    private func appendTombstone(to batch: inout RecordBatch) throws {
        guard key.count == 1, key[0].value.isContainer else { return try batch.append(value: JSONNull()) }
        try batch.append { pair in
            pair.add("key", copyOf: key[0].value)
            pair.add("value", JSONNull())
        }
    }

    /// Objects and lists are copied within a batch only, so they came as a field beside the value.
    private borrowing func setKey(_ key: borrowing Value, of record: borrowing RecordEditor) {
        guard key.isContainer else { return key.becomeKey(of: record) }
        guard record["key"].exists else { return }
        record.setKey(copyOf: record["key"])
        record.setValue(copyOf: record["value"])
    }

    /// False when there are too many names.
    private mutating func learnNames(_ message: Received) -> Bool {
        var isWithin = true
        unsafe message.forEachHeader { name, _ in
            guard names[name] == nil else { return }
            if names.count < Self.mostNames { names[name] = FieldName(interning: name) } else { isWithin = false }
        }
        return isWithin
    }

    private borrowing func addHeaders(_ message: Received, to record: borrowing RecordEditor) {
        unsafe message.forEachHeader { name, value in
            guard let name = names[name] else { return }
            guard let bytes = unsafe value else { return record.addHeader(name, JSONNull()) }
            if let text = unsafe String(validating: bytes, as: UTF8.self) {
                record.addHeader(name, text)
            } else {
                unsafe record.addHeader(name, RawBytes(Array(bytes)))
            }
        }
    }

    private static var none: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
}

extension Value {
    fileprivate var isContainer: Bool { kind == .object || kind == .array }

    /// Makes a scalar the key of a record.
    fileprivate func becomeKey(of record: borrowing RecordEditor) {
        if let text = string {
            record.setKey(text)
        } else if let flag = bool {
            record.setKey(flag)
        } else if let number = decimalText.flatMap(JSONNumber.init) {
            record.setKey(number)
        } else if let bytes = unsafe withBytes({ unsafe RawBytes(Array($0)) }) {
            record.setKey(bytes)
        } else {
            record.setKey(JSONNull())
        }
    }
}

extension Converter {
    /// Appends the record of a message's bytes.
    fileprivate func append(
        _ bytes: UnsafeRawBufferPointer, _ reader: inout JSONReader, to batch: inout RecordBatch
    ) throws {
        switch self {
        case .string: try unsafe batch.append(text: bytes)
        case .bytes: try unsafe batch.append(value: RawBytes(Array(bytes)))
        case .json:
            let text = try unsafe batch.appendText(minimum: bytes.count) { room in
                unsafe room.copyMemory(from: bytes)
                return bytes.count
            }
            _ = try reader.read(text, as: .single, into: &batch)
        }
    }
}
