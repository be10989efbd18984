import ConnectorKit

/// Operations that are encoded and not known to be durable, in one buffer that is reused.
final class OperationLog {
    private let config: SinkConfig
    private var encoder: DocumentEncoder
    private var objectIDs = ObjectIDs()
    private var texts = TextDocuments()
    private(set) var operations: [Operation] = []
    private(set) var collections: [String] = []
    /// By their bytes, since names that only look alike are equal as `String`.
    private var places: [[UInt8]: Int] = [:]
    /// The topic seen last, and its collection, when the topic alone decides.
    private var last: (topic: String?, place: Int)?

    /// The largest document that MongoDB stores, in bytes.
    private static let largestDocument = 16 << 20
    /// More collections than this are taken for a mistake.
    private static let mostCollections = 10_000
    /// Memory beyond this is given back after use.
    private static let keptBytes = 4 << 20

    init(_ config: SinkConfig) {
        self.config = config
        encoder = DocumentEncoder(rules: config.rules)
    }

    /// The bytes of all operations.
    var byteCount: Int { encoder.out.count }

    func withBytes<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe encoder.out.withBytes(range) { unsafe body($0) }
    }

    /// Forgets the operations from `count` on.
    func truncate(to count: Int) {
        guard count < operations.count else { return }
        encoder.out.truncate(to: operations[count].bytes.lowerBound)
        operations.removeSubrange(count...)
    }

    func removeAll() {
        operations.removeAll(keepingCapacity: true)
        encoder.out.truncate()
        encoder.out.shrink(to: Self.keptBytes)
    }

    /// Takes operations out by their places; their bytes stay until the end of the log.
    func remove(_ dead: Set<Int>) {
        if dead.isEmpty { return }
        operations = operations.enumerated().filter { !dead.contains($0.offset) }.map(\.element)
    }

    /// Encodes a record.
    ///
    /// - Throws: `rejected` when it cannot be stored; then nothing of it is in the log.
    func add(_ record: borrowing Record) throws {
        let start = encoder.out.count
        do {
            if try texts.read(record, withKey: config.idStrategy.isOfKey) {
                encoder.hasTypes = true
                defer { encoder.hasTypes = false }
                try encode(texts.batch[0], start, of: record.index)
            } else {
                try encode(record, start, of: record.index)
            }
        } catch {
            encoder.out.truncate(to: start)
            if let fault = error as? ValueFault { throw fault.rejection }
            throw error
        }
    }

    private func encode(_ record: borrowing Record, _ start: Int, of index: Int) throws {
        let collection = try collection(of: record)
        let kind: OperationKind
        let id: EncodedID
        if record.isTombstone {
            kind = .delete
            id = try encodeDelete(record)
        } else {
            guard record.value.kind == .object else {
                throw ConnectorError.rejected("the value is no object, so it is no document")
            }
            // A new ObjectId replaces nothing.
            let isNew = config.idStrategy == .objectID && !record["_id"].exists
            kind = config.inserts || isNew ? .insert : .update
            id = kind == .insert ? try encodeInsert(record) : try encodeUpdate(record)
        }
        let bytes = start..<encoder.out.count
        operations.append(
            Operation(kind: kind, collection: collection, bytes: bytes, id: id, record: index))
    }

    private func collection(of record: borrowing Record) throws -> Int {
        if let last {
            if let topic = last.topic { if record.topicEquals(topic) { return last.place } } else { return last.place }
        }
        let name = try config.collection.name(for: record)
        let place = try place(of: name)
        if config.collection.isConstant {
            last = (nil, place)
        } else if config.collection.dependsOnTopicOnly, let topic = record.topic {
            last = (topic, place)
        }
        return place
    }

    private func place(of name: String) throws(ConnectorError) -> Int {
        let bytes = Array(name.utf8)
        if let known = places[bytes] { return known }
        guard collections.count < Self.mostCollections else {
            throw .rejected("the records name more than \(Self.mostCollections) collections")
        }
        places[bytes] = collections.count
        collections.append(name)
        return collections.count - 1
    }
}

extension OperationLog {
    private func encodeInsert(_ record: borrowing Record) throws -> EncodedID {
        let document = encoder.out.open()
        let id = try addID("_id", of: record)
        let fields = encoder.out.count
        _ = try encoder.addFields(of: record.value, record.schema)
        try fillHash(at: id.payload, from: fields, to: encoder.out.count)
        encoder.out.close(document)
        try checkSize(encoder.out.count - document)
        return id
    }

    private func encodeUpdate(_ record: borrowing Record) throws -> EncodedID {
        let operation = encoder.out.open()
        let id = try addFilter(of: record)
        encoder.out.element(BSONType.document, "u")
        let change = encoder.out.open()
        let (copy, fields) = config.strategy == .replace ? try addReplacement(record, id) : try addSet(record, id)
        for place in [id.payload, copy ?? id.payload] {
            try fillHash(at: place, from: fields.lowerBound, to: fields.upperBound)
        }
        encoder.out.close(change)
        try checkSize(encoder.out.count - change)
        if config.strategy != .update { encoder.out.add("upsert", true) }
        encoder.out.close(operation)
        return id
    }

    private func encodeDelete(_ record: borrowing Record) throws -> EncodedID {
        guard config.deletes else {
            throw ConnectorError.rejected("the record is a tombstone, and delete.on.null.values is false")
        }
        let operation = encoder.out.open()
        let id = try addFilter(of: record)
        encoder.out.add("limit", Int32(1))
        encoder.out.close(operation)
        return id
    }

    /// Compares by `$eq`, so that no key is taken for an operator.
    private func addFilter(of record: borrowing Record) throws -> EncodedID {
        encoder.out.element(BSONType.document, "q")
        let filter = encoder.out.open()
        encoder.out.element(BSONType.document, "_id")
        let comparison = encoder.out.open()
        let id = try addID("$eq", of: record)
        encoder.out.close(comparison)
        encoder.out.close(filter)
        return id
    }

    private func addReplacement(
        _ record: borrowing Record, _ id: EncodedID
    ) throws -> (copy: Range<Int>?, fields: Range<Int>) {
        encoder.out.element(id.type, "_id")
        let copy = encoder.out.repeating(id.payload)
        let start = encoder.out.count
        _ = try encoder.addFields(of: record.value, record.schema)
        return (copy, start..<encoder.out.count)
    }

    private func addSet(
        _ record: borrowing Record, _ id: EncodedID
    ) throws -> (copy: Range<Int>?, fields: Range<Int>) {
        let start = encoder.out.count
        encoder.out.element(BSONType.document, "$set")
        let set = encoder.out.open()
        let fields = encoder.out.count
        let count = try encoder.addFields(of: record.value, record.schema, forUpdate: true)
        encoder.out.close(set)
        if count > 0 { return (nil, fields..<encoder.out.count - 1) }
        // An empty $set was an error before MongoDB 5.0.
        encoder.out.truncate(to: start)
        encoder.out.element(BSONType.document, "$setOnInsert")
        let setOnInsert = encoder.out.open()
        encoder.out.element(id.type, "_id")
        let copy = encoder.out.repeating(id.payload)
        encoder.out.close(setOnInsert)
        return (copy, 0..<0)
    }

    private func checkSize(_ bytes: Int) throws(ConnectorError) {
        guard bytes <= Self.largestDocument else {
            throw .rejected("the document has \(bytes) bytes; MongoDB stores at most \(Self.largestDocument)")
        }
    }
}

extension OperationLog {
    /// Adds an element with the record's `_id`.
    private func addID(_ name: StaticString, of record: borrowing Record) throws -> EncodedID {
        let element = encoder.out.count
        encoder.out.element(0, name)
        let start = encoder.out.count
        let type = try addIDPayload(of: record)
        encoder.out.replace(at: element, with: type)
        return EncodedID(type: type, payload: start..<encoder.out.count)
    }

    private func addIDPayload(of record: borrowing Record) throws -> UInt8 {
        switch config.idStrategy {
        case .objectID:
            return record["_id"].exists ? try addID(record["_id"], record.schema?.field("_id")) : addObjectID()
        case .fullKey: return try addID(record.key, record.keySchema)
        case .providedInKey:
            guard record.key.kind == .object else { return try addID(record.key, record.keySchema) }
            return try addID(record.key[path: config.idField], record.keySchema?.field(at: config.idField))
        case .providedInValue:
            return try addID(record.value[path: config.idField], record.schema?.field(at: config.idField))
        case .valueHash: return addHashRoom()
        case .position:
            encoder.out.putText(try record.place())
            return BSONType.string
        }
    }

    private func addID(_ value: borrowing Value, _ schema: Schema?) throws -> UInt8 {
        guard value.exists, !value.isNull, value.kind != .array else {
            throw ConnectorError.rejected(
                "the record has no _id: document.id.strategy \(config.idStrategy.rawValue) finds "
                    + (value.kind == .array ? "a list, which cannot be one" : "nothing or null"))
        }
        if let type = config.idType, value.kind != .object { return try encoder.out.add(value, as: type) }
        return try encoder.addPayload(value, schema)
    }

    private func addObjectID() -> UInt8 {
        objectIDs.write(to: &encoder.out)
        return BSONType.objectID
    }

    private func addHashRoom() -> UInt8 {
        unsafe [UInt8](repeating: 0, count: 16).withUnsafeBytes { unsafe encoder.out.putBinary($0) }
        return BSONType.binary
    }

    private func fillHash(at id: Range<Int>, from start: Int, to end: Int) throws(ConnectorError) {
        guard config.idStrategy == .valueHash else { return }
        let hash = try unsafe encoder.out.withBytes(start..<end) { bytes in
            Result { () throws(ConnectorError) in try unsafe ContentHash.half(bytes) }
        }
        .get()
        encoder.out.replace(at: id.lowerBound + 5, with: hash)
    }
}
