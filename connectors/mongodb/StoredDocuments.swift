import ConnectorKit

/// Finds out what refused inserts met: their very document, written by an earlier try of the same batch or before a
/// restart, or another one.
struct StoredDocuments {
    let client: Client
    let log: OperationLog

    /// `_id`s asked for in one query.
    private static let most = 100

    /// An `_id` in its collection.
    private struct Key: Hashable {
        let collection: Int
        let type: UInt8
        let id: [UInt8]
    }

    /// Inserts whose `_id` is taken, by their places in the log.
    struct Taken {
        /// By their very document, so that they count as written.
        var identical: Set<Int> = []
        /// By another one.
        var different: Set<Int> = []

        fileprivate func from(_ first: Int) -> Taken {
            Taken(identical: identical.filter { $0 >= first }, different: different.filter { $0 >= first })
        }
    }

    /// The operations whose very document is in its collection.
    func identical(to operations: [Int]) throws(ServerError) -> Set<Int> {
        let stored = try documents(of: operations)
        return Set(operations.filter { stored[key(of: $0)] == bytes(of: $0) })
    }

    /// The inserts from `first` on whose `_id` is taken in its collection or by an operation before them in the log, of
    /// which nothing is stored yet.
    func taken(from first: Int) throws(ServerError) -> Taken {
        var present = try documents(of: log.operations.indices[first...].filter { log.operations[$0].kind == .insert })
        var taken = Taken()
        for place in log.operations.indices {
            let key = key(of: place)
            guard log.operations[place].kind == .insert else {
                present[key] = nil
                continue
            }
            let document = bytes(of: place)
            if let other = present[key] {
                if other == document { taken.identical.insert(place) } else { taken.different.insert(place) }
            } else {
                present[key] = document
            }
        }
        return taken.from(first)
    }

    private func documents(of operations: [Int]) throws(ServerError) -> [Key: [UInt8]] {
        var found: [Key: [UInt8]] = [:]
        let asked = operations.filter { !looksLikeOperator(log.operations[$0].id) }
        for start in stride(from: 0, to: asked.count, by: Self.most) {
            let part = Array(asked[start..<min(start + Self.most, asked.count)])
            for collection in Set(part.map { log.operations[$0].collection }) {
                try look(for: part.filter { log.operations[$0].collection == collection }, in: collection, &found)
            }
        }
        return found
    }

    private func look(
        for operations: [Int], in collection: Int, _ found: inout [Key: [UInt8]]
    ) throws(ServerError) {
        let filter = filter(operations)
        try client.find(log.collections[collection], filter, options: BSONDocument.empty) {
            document throws(ServerError) in
            guard let id = document["_id"] else { return }
            found[Key(collection: collection, type: id.type, id: Array(id.payload))] = Array(document.bytes)
        }
    }

    private func filter(_ operations: [Int]) -> [UInt8] {
        BSONWriter.document { filter in
            filter.object("_id") { condition in
                condition.element(BSONType.array, "$in")
                let array = condition.open()
                for (index, place) in operations.enumerated() {
                    let id = log.operations[place].id
                    condition.element(id.type, index)
                    unsafe log.withBytes(id.payload) { unsafe condition.put($0) }
                }
                condition.close(array)
            }
        }
    }

    /// No document has such an `_id`, and a query for one is refused.
    private func looksLikeOperator(_ id: EncodedID) -> Bool {
        guard id.type == BSONType.document else { return false }
        // Behind the length and the type stands the first name.
        return unsafe log.withBytes(id.payload.dropFirst(5)) { unsafe $0.first == UInt8(ascii: "$") }
    }

    private func key(of place: Int) -> Key {
        let operation = log.operations[place]
        let id = unsafe log.withBytes(operation.id.payload) { unsafe Array($0) }
        return Key(collection: operation.collection, type: operation.id.type, id: id)
    }

    private func bytes(of place: Int) -> [UInt8] {
        unsafe log.withBytes(log.operations[place].bytes) { unsafe Array($0) }
    }
}

extension BSONDocument {
    /// The bytes of a document without elements.
    static let empty: [UInt8] = [5, 0, 0, 0, 0]
}
