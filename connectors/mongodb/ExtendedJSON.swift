import CMongo

extension BSONDocument {
    /// Reads MongoDB's extended JSON; nil when the text is none.
    init?(extendedJSON text: String) {
        guard let document = unsafe bson_new_from_json(text, -1, nil) else { return nil }
        defer { unsafe bson_destroy(document) }
        guard let copy = unsafe Client.copy(document) else { return nil }
        self = copy
    }

    /// MongoDB's canonical extended JSON, which is read back exactly; nil when a text in it is not UTF-8.
    var extendedJSON: String? {
        let bytes = Array(bytes)
        guard let document = unsafe bson_new_from_data(bytes, bytes.count) else { return nil }
        defer { unsafe bson_destroy(document) }
        guard let text = unsafe bson_as_canonical_extended_json(document, nil) else { return nil }
        defer { unsafe bson_free(text) }
        return unsafe String(cString: text)
    }
}
