import CMongo

extension BSONDocument {
    /// Reads MongoDB's extended JSON; nil when the text is none.
    init?(extendedJSON text: String) {
        guard let document = unsafe bson_new_from_json(text, -1, nil) else { return nil }
        defer { unsafe bson_destroy(document) }
        guard let copy = unsafe Client.copy(document) else { return nil }
        self = copy
    }

    /// MongoDB's extended JSON, version 2: relaxed for people, canonical to be read back exactly; nil when a text in it is not
    /// UTF-8.
    func extendedJSON(isCanonical: Bool) -> String? {
        let bytes = Array(bytes)
        guard let document = unsafe bson_new_from_data(bytes, bytes.count) else { return nil }
        defer { unsafe bson_destroy(document) }
        let text =
            unsafe isCanonical
            ? bson_as_canonical_extended_json(document, nil) : bson_as_relaxed_extended_json(document, nil)
        guard let text = unsafe text else { return nil }
        defer { unsafe bson_free(text) }
        return unsafe String(cString: text)
    }
}
