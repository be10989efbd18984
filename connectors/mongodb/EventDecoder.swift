import ConnectorKit

/// Makes records of documents and of the events of a change stream.
struct EventDecoder: ~Copyable {
    private let config: SourceConfig
    private var reader = JSONReader()
    private var json = SimplifiedJSON()
    private var topics: [String: FieldName] = [:]

    /// Topic names are kept for the life of the process, so there must be an end to them.
    private static let mostTopics = 10_000

    init(_ config: SourceConfig) { self.config = config }

    /// Appends the record of an event; some events make none.
    mutating func append(event: BSONDocument, to batch: inout RecordBatch) throws {
        guard let key = event["documentKey"]?.document else {
            // Drops, renames and the like are of no document.
            if !config.documentOnly { try append(key: nil, value: event, of: event, to: &batch) }
            return
        }
        guard config.documentOnly else { return try append(key: key, value: event, of: event, to: &batch) }
        if event["operationType"]?.string == "delete" {
            if config.tombstones { try append(key: key, value: nil, of: event, to: &batch) }
        } else if let document = event["fullDocument"]?.document {
            try append(key: key, value: document, of: event, to: &batch)
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
            event.object("documentKey") { key in
                guard let id = document["_id"] else { return }
                key.element(id.type, "_id")
                unsafe Array(id.payload).withUnsafeBytes { unsafe key.put($0) }
            }
        }
        try append(event: BSONDocument(event), to: &batch)
    }

    private mutating func append(
        key: BSONDocument?, value: BSONDocument?, of event: BSONDocument, to batch: inout RecordBatch
    ) throws {
        json.removeAll()
        json.write("{\"key\":")
        write(key)
        json.write(",\"value\":")
        write(value)
        json.write("}")
        let text = json.text
        let range = try unsafe batch.appendText(minimum: text.count) { room in
            unsafe room.copyBytes(from: text)
            return text.count
        }
        let index = batch.count
        let counts = try reader.read(range, as: .single, into: &batch)
        let topic = topic(of: event)
        let time = event["wallTime"]?.payload.int64
        let isRead = counts.rejected == 0
        try batch.edit(at: index) { record in
            if let topic { record.setTopic(topic) }
            record.timestamp = time
            guard isRead else { return }
            if key != nil { record.setKey(copyOf: record["key"]) }
            record.setValue(copyOf: record["value"])
        }
    }

    private mutating func write(_ document: BSONDocument?) {
        guard let document else { return json.write("null") }
        if config.formatter == .simplified {
            json.write(document)
        } else {
            json.write(document.extendedJSON(isCanonical: false))
        }
    }

    private mutating func topic(of event: BSONDocument) -> FieldName? {
        guard let name = event["ns"]?.document, let database = name["db"]?.string else { return nil }
        let text = config.prefix + database + (name["coll"]?.string.map { ".\($0)" } ?? "")
        if let known = topics[text] { return known }
        guard topics.count < Self.mostTopics else { return nil }
        let topic = FieldName(interning: text)
        topics[text] = topic
        return topic
    }
}
