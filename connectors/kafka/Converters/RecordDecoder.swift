import ConnectorKit

/// Makes records of messages; plain JSON values wait in the batch's text and are read all at once.
struct RecordDecoder: ~Copyable {
    private var keys: PartDecoder
    private var values: PartDecoder
    private var headers: PartDecoder
    private var messages = PendingMessages()
    private var scratch = RecordBatch(bytes: 1 << 10)
    private var names: [String: FieldNames] = [:]

    /// Header names come from data and are kept for as long as the decoder, so there must be an end to them.
    private static let mostNames = 10_000

    init(_ config: SourceConfig) {
        keys = PartDecoder(config.keyConverter)
        values = PartDecoder(config.valueConverter)
        headers = PartDecoder(config.headerConverter)
    }

    /// The messages taken of which there are no records yet.
    var pending: Int { messages.count }

    /// Takes a message, whose record is in the batch after ``finish(_:)``; one that cannot be read is rejected and keeps its
    /// bytes.
    mutating func append(
        _ message: Received, _ timestamp: Int64?, topic: String, to batch: inout RecordBatch
    ) throws {
        if values.isPlainJSON, let value = unsafe message.value, unsafe PendingMessages.canHold(value) {
            try unsafe messages.add(value, &batch)
            return take(message, timestamp, topic)
        }
        try finish(&batch)
        let first = batch.count
        if let value = unsafe message.value {
            try unsafe values.append(value, to: &batch)
        } else {
            try batch.append(value: JSONNull())
        }
        take(message, timestamp, topic)
        try complete(from: first, &batch)
    }

    /// Makes the records of all messages taken.
    mutating func finish(_ batch: inout RecordBatch) throws {
        guard let lines = messages.lines else { return }
        let first = batch.count
        try values.appendLines(lines, to: &batch)
        guard batch.count - first == messages.count else {
            throw ConnectorError.fatal("\(messages.count) messages were read as \(batch.count - first) records")
        }
        try complete(from: first, &batch)
    }

    private mutating func take(_ message: Received, _ timestamp: Int64?, _ topic: String) {
        var entry = PendingMessages.Entry(
            topic: topic, partition: message.partition, offset: message.offset, timestamp: timestamp)
        let start = messages.headers.count
        unsafe message.forEachHeader { name, value in
            if let name = learned(name) {
                unsafe messages.addHeader(name, value)
            } else {
                entry.hasUnknownHeaders = true
            }
        }
        entry.headers = start..<messages.headers.count
        unsafe messages.add(entry, key: message.key)
    }

    /// Gives the records from the one at `first` on what their messages have beside the value.
    private mutating func complete(from first: Int, _ batch: inout RecordBatch) throws {
        defer { messages.removeAll() }
        // From the last on, so that each place is put before the messages of its own rejections alone.
        for number in (0..<messages.count).reversed() {
            let (entry, index) = (messages.entries[number], first + number)
            let fault = try describe(index, entry, &batch)
            if let fault { batch.reject(index, Rejection(recordIndex: index, stage: fault.stage, error: fault.error)) }
        }
        if !batch.rejections.isEmpty { locateRejections(from: first, &batch) }
    }

    private func locateRejections(from first: Int, _ batch: inout RecordBatch) {
        for (number, entry) in messages.entries.enumerated() where !batch.isDeliverable(first + number) {
            batch.locateRejections(
                from: first + number, to: first + number + 1,
                at: "\(entry.topic)-\(entry.partition) offset \(entry.offset)")
        }
    }

    private typealias Fault = (stage: Stage, error: ConnectorError)

    private mutating func describe(
        _ index: Int, _ entry: PendingMessages.Entry, _ batch: inout RecordBatch
    ) throws -> Fault? {
        var fault: Fault?
        try batch.edit(at: index) { record in
            record.topic = entry.topic
            record.partition = entry.partition
            record.offset = entry.offset
            record.timestamp = entry.timestamp
            if let key = entry.key { fault = try setKey(key, of: record) }
            for header in messages.headers[entry.headers] { fault = try fault ?? addHeader(header, to: record) }
        }
        guard fault == nil, entry.hasUnknownHeaders else { return fault }
        return (.headerConverter, .rejected("the records have more than \(Self.mostNames) different header names"))
    }

    private mutating func setKey(_ place: Range<Int>, of record: borrowing RecordEditor) throws -> Fault? {
        try unsafe messages.withBytes(place) { bytes in
            unsafe record.setKeySource(bytes)
            if keys.config.kind == .string {
                unsafe record.setKey(text: bytes)
                guard record.key.isNull else { return nil }
                return (.keyConverter, .rejected("the key: it is not UTF-8 text"))
            }
            scratch.reset()
            try unsafe keys.append(bytes, to: &scratch)
            if let rejection = scratch.rejections.first {
                return (.keyConverter, .rejected("the key: \(rejection.error.message)"))
            }
            record.setKey(copyOf: scratch[0].value)
            record.keySchema = scratch[0].schema
            return nil
        }
    }

    private mutating func addHeader(_ header: PendingMessages.Header, to record: borrowing RecordEditor) throws
        -> Fault?
    {
        guard let place = header.value else {
            record.addHeader(header.name, JSONNull())
            return nil
        }
        return try unsafe messages.withBytes(place) { bytes in
            scratch.reset()
            try unsafe headers.append(bytes, to: &scratch)
            guard let rejection = scratch.rejections.first else {
                record.addHeader(header.name, copyOf: scratch[0].value)
                return nil
            }
            // A header is text to most who read it, and bytes that are none must not cost the record.
            guard headers.config.kind == .string || headers.config.kind == .simple else {
                return (.headerConverter, .rejected("the header \(header.name): \(rejection.error.message)"))
            }
            record.addHeader(header.name, unsafe RawBytes(Array(bytes)))
            return nil
        }
    }

    /// The name, for as long as the decoder; nil when there are too many.
    private mutating func learned(_ name: String) -> FieldName? {
        if let known = names[name] { return unsafe known[0] }
        guard names.count < Self.mostNames else { return nil }
        let learned = FieldNames([name])
        names[name] = learned
        return unsafe learned[0]
    }
}
