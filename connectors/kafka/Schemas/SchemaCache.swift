import ConnectorKit

/// Schemas that were read, so that equal ones are read once.
struct SchemaCache {
    private let limit: Int
    private var known: [[UInt8]: Schema] = [:]
    private var last: (text: [UInt8], schema: Schema)?

    init(limit: Int) { self.limit = limit }

    /// The schema that stands in a record.
    ///
    /// - Throws: What is wrong with it.
    mutating func schema(_ json: borrowing Value) throws(SchemaFault) -> Schema {
        let raw = json.rawText
        if let last, raw.byteCount == last.text.count,
            unsafe raw.withUnsafeBytes({ unsafe $0.elementsEqual(last.text) })
        {
            return last.schema
        }
        let text = raw.byteCount > 0 ? unsafe raw.withUnsafeBytes { unsafe Array($0) } : Array(json.jsonText.utf8)
        let schema = if let schema = known[text] { schema } else { try Schema(json) }
        // The text's bytes are bounded by those of the messages, and their number is.
        if known.count >= limit { known.removeAll() }
        if limit > 0 { known[text] = schema }
        last = (text, schema)
        return schema
    }
}
