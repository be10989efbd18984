import ConnectorKit

/// Finds out which refused inserts were written already: by an earlier try of the same batch, or before a restart.
struct StoredDocuments {
    let client: Client
    let log: OperationLog

    /// `_id`s asked for in one query.
    private static let most = 100

    /// The operations whose very document is in its collection.
    func identical(to operations: [Int]) throws(ServerError) -> Set<Int> {
        var found: Set<Int> = []
        for start in stride(from: 0, to: operations.count, by: Self.most) {
            let part = Array(operations[start..<min(start + Self.most, operations.count)])
            for collection in Set(part.map { log.operations[$0].collection }) {
                let wanted = part.filter { log.operations[$0].collection == collection }
                try look(for: wanted, in: log.collections[collection], &found)
            }
        }
        return found
    }

    private func look(
        for operations: [Int], in collection: String, _ found: inout Set<Int>
    ) throws(ServerError) {
        var stored: Set<[UInt8]> = []
        let filter = filter(operations)
        try client.find(collection, filter, options: BSONDocument.empty) { document throws(ServerError) in
            stored.insert(Array(document.bytes))
        }
        for place in operations
        where stored.contains(unsafe log.withBytes(log.operations[place].bytes, { unsafe Array($0) })) {
            found.insert(place)
        }
    }

    private func filter(_ operations: [Int]) -> [UInt8] {
        BSONWriter.document { filter in
            filter.object("_id") { condition in
                condition.element(BSONType.array, "$in")
                let array = condition.open()
                for (index, place) in operations.enumerated() {
                    let id = log.operations[place].id
                    // The type stands before the name "_id" and its NUL.
                    let type = unsafe log.withBytes(id.lowerBound - 5..<id.lowerBound) { unsafe $0[0] }
                    condition.element(type, index)
                    unsafe log.withBytes(id) { unsafe condition.put($0) }
                }
                condition.close(array)
            }
        }
    }
}

extension BSONDocument {
    /// The bytes of a document without elements.
    static let empty: [UInt8] = [5, 0, 0, 0, 0]
}
