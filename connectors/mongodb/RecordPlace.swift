import ConnectorKit

extension Record {
    /// `topic#partition#offset`, as Kafka Connect's sink names where a record is from.
    ///
    /// Nothing else tells records apart for good: how many stand before one in its batch depends on what was filtered out
    /// and on which batches were joined.
    ///
    /// - Throws: `rejected` when the source gave the record no offset.
    borrowing func place() throws(ConnectorError) -> String {
        guard let offset else {
            throw .rejected(
                "the record has no offset of its source, which document.id.strategy position needs; use value_hash or an _id "
                    + "from key or value")
        }
        return "\(topic ?? "")#\(partition ?? 0)#\(offset)"
    }
}
