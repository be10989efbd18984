import ConnectorKit

/// Makes records of documents and of the events of a change stream.
struct EventDecoder: ~Copyable {
    private let config: SourceConfig
    private var reader = JSONReader()
    /// What is read as fields.
    private var json: DocumentJSON
    /// What stays text.
    private var text: DocumentJSON
    /// By their bytes, since names that only look alike are equal as `String`.
    private var topics: [[UInt8]: FieldNames] = [:]

    /// Topic names come from data and are kept for as long as the decoder, so there must be an end to them.
    private static let mostTopics = 10_000

    init(_ config: SourceConfig) {
        self.config = config
        json = DocumentJSON(config.formatter.style)
        text = DocumentJSON(config.formatter.style, isSpaced: true)
    }

    /// Appends the record of an event; some events make none.
    mutating func append(event: BSONDocument, to batch: inout RecordBatch) throws {
        let document = event["fullDocument"]?.document
        let key = event["documentKey"]?.document ?? document.flatMap(Self.key)
        guard config.documentOnly else {
            return try append(key: key ?? Self.key(of: event), value: event, of: event, to: &batch)
        }
        let type = event["operationType"]?.string
        // Drops, renames and the like are of no document.
        if let type, !Self.documentOperations.contains(type) { return }
        guard let key else { throw Self.missing("documentKey") }
        if type == "delete" {
            if config.tombstones { try append(key: key, value: nil, of: event, to: &batch) }
        } else if let document {
            try append(key: key, value: document, of: event, to: &batch)
        } else {
            // An update whose document is gone meanwhile has null there; its deletion follows.
            guard event["fullDocument"] != nil else { throw Self.missing("fullDocument") }
            if type == nil { throw Self.missing("operationType") }
        }
    }

    private static let documentOperations: Set = ["insert", "update", "replace", "delete"]

    private static func missing(_ field: String) -> ConnectorError {
        .configuration(
            "an event of the change stream has no \(field), which publish.full.document.only needs; let the stages of pipeline "
                + "keep operationType, documentKey and fullDocument")
    }

    private static func key(of document: BSONDocument) -> BSONDocument? {
        document["_id"].map { id in
            BSONDocument(BSONWriter.document { $0.add("_id", bytes: Array(id.payload), type: id.type) })
        }
    }

    /// Appends a document that was there before, as if it had been inserted.
    mutating func append(existing document: BSONDocument, of collection: String, to batch: inout RecordBatch) throws {
        let event = BSONWriter.document { event in
            event.add("operationType", "insert")
            event.element(BSONType.document, "fullDocument")
            unsafe Array(document.bytes).withUnsafeBytes { unsafe event.put($0) }
            event.object("ns") { name in
                name.add("db", config.connection.database)
                name.add("coll", collection)
            }
            let key = Self.key(of: document) ?? BSONDocument(BSONDocument.empty)
            event.add("documentKey", bytes: Array(key.bytes), type: BSONType.document)
        }
        try append(event: BSONDocument(event), to: &batch)
    }

    private mutating func append(
        key: BSONDocument?, value: BSONDocument?, of event: BSONDocument, to batch: inout RecordBatch
    ) throws {
        json.removeAll()
        text.removeAll()
        json.member("key") { $0.write(config.keyFormat == .document ? key : nil) }
        json.lastMember("value") { $0.write(config.valueFormat == .document ? value : nil) }
        let (keyText, valueText) = (text(of: key, config.keyFormat), text(of: value, config.valueFormat))
        if let fault = json.fault ?? text.fault { return try reject(event, fault, to: &batch) }
        let index = batch.count
        let isRead = try read(into: &batch)
        let topic = topic(of: event)
        let time = event["wallTime"]?.payload.int64
        try batch.edit(at: index) { record in
            if let topic { record.setTopic(topic) }
            record.timestamp = time
            guard isRead else { return }
            if let keyText { record.setKey(keyText) } else if key != nil { record.setKey(copyOf: record["key"]) }
            if let valueText { record.setValue(valueText) } else { record.setValue(copyOf: record["value"]) }
        }
    }

    /// Appends the record of the JSON; false when it is rejected.
    private mutating func read(into batch: inout RecordBatch) throws -> Bool {
        let text = json.text
        let range = try unsafe batch.appendText(minimum: text.count) { room in
            unsafe room.copyBytes(from: text)
            return text.count
        }
        return try reader.read(range, as: .single, into: &batch).rejected == 0
    }

    /// What stands for a document that is no ``SourceConfig/OutputFormat/document``.
    private mutating func text(of document: BSONDocument?, _ format: SourceConfig.OutputFormat) -> EventText? {
        guard let document, format != .document else { return nil }
        if format == .bson { return .bytes(RawBytes(Array(document.bytes))) }
        let start = text.text.count
        text.write(document)
        return .text(String(decoding: text.text[start...], as: UTF8.self))
    }

    private mutating func reject(_ event: BSONDocument, _ fault: String, to batch: inout RecordBatch) throws {
        let index = batch.count
        let error = ConnectorError.rejected("the event \(fault), so it cannot be written as JSON")
        try unsafe event.bytes.withUnsafeBytes { try unsafe batch.appendRejected($0, error) }
        let topic = topic(of: event)
        try batch.edit(at: index) { record in if let topic { record.setTopic(topic) } }
    }

    private mutating func topic(of event: BSONDocument) -> FieldName? {
        guard let name = event["ns"]?.document, let database = name["db"]?.string else { return nil }
        let text = config.prefix + database + (name["coll"]?.string.map { ".\($0)" } ?? "")
        let bytes = Array(text.utf8)
        if let known = topics[bytes] { return unsafe known[0] }
        guard topics.count < Self.mostTopics else { return nil }
        let topic = FieldNames([text])
        topics[bytes] = topic
        return unsafe topic[0]
    }
}

/// A part of a record that has no fields.
private enum EventText: FieldValue {
    case text(String)
    case bytes(RawBytes)

    func write(to slot: borrowing ValueSlot) {
        switch self {
        case .text(let text): text.write(to: slot)
        case .bytes(let bytes): bytes.write(to: slot)
        }
    }
}
