import ConnectorKit

/// Reads the documents that are there already, one collection after the other, each in the order of `_id`.
final class InitialCopy {
    private let client: Client
    private var left: [String]
    private var cursor: Cursor?
    /// The `_id` up to which the first of `left` was read.
    private var after: BSONDocument?

    /// - Parameter place: Where an earlier copy stopped; nil begins one.
    init(
        _ client: Client, of collection: String?, from place: (collection: String, after: BSONDocument?)?
    ) throws(ServerError) {
        self.client = client
        let all: [String]
        if let collection { all = [collection] } else { all = try Self.collections(client) }
        left = all
        guard let place else { return }
        left = all.filter { !$0.utf8.lexicographicallyPrecedes(place.collection.utf8) }
        if left.first?.utf8.elementsEqual(place.collection.utf8) == true { after = place.after }
    }

    /// Where the copy stands; nil when it is done.
    var place: (collection: String, after: BSONDocument?)? { left.first.map { ($0, after) } }

    /// The next document and its collection; nil when all were read.
    func next() throws(ServerError) -> (document: BSONDocument, collection: String)? {
        while let collection = left.first {
            if cursor == nil { cursor = try open(collection) }
            while let document = try cursor?.next() {
                let id = Self.id(of: document)
                // A reading that goes on begins with the document that was read last.
                if let after, after.bytes == id.bytes { continue }
                after = id
                return (document, collection)
            }
            left.removeFirst()
            self.cursor = nil
            after = nil
        }
        return nil
    }

    /// By bounds of the index, since a comparison in a filter finds only values of one type.
    private func open(_ collection: String) throws(ServerError) -> Cursor {
        let after = after
        let options = BSONWriter.document { options in
            options.object("sort") { $0.add("_id", Int32(1)) }
            options.object("hint") { $0.add("_id", Int32(1)) }
            if let after {
                options.element(BSONType.document, "min")
                unsafe Array(after.bytes).withUnsafeBytes { unsafe options.put($0) }
            }
        }
        return try client.cursor(collection, BSONDocument.empty, options: options)
    }

    private static func id(of document: BSONDocument) -> BSONDocument {
        BSONDocument(
            BSONWriter.document { id in
                guard let element = document["_id"] else { return }
                id.element(element.type, "_id")
                unsafe Array(element.payload).withUnsafeBytes { unsafe id.put($0) }
            })
    }

    private static func collections(_ client: Client) throws(ServerError) -> [String] {
        let reply = try client.run { command in
            command.add("listCollections", Int32(1))
            command.object("filter") { $0.add("type", "collection") }
            command.add("nameOnly", true)
            command.object("cursor") { $0.add("batchSize", Int32(100_000)) }
        }
        let listed = reply["cursor"]?.document?["firstBatch"]?.document?.elements ?? []
        return listed.compactMap { $0.document?["name"]?.string }
            .filter { !$0.hasPrefix("system.") && $0 != PositionCollection.name }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
