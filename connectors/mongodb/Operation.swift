/// What the server is asked to do with one document.
enum OperationKind: Sendable {
    case insert
    case update
    case delete
}

/// One encoded operation.
struct Operation {
    let kind: OperationKind
    /// The place of its collection in ``OperationLog/collections``.
    let collection: Int
    /// Where it stands in the log's bytes.
    let bytes: Range<Int>
    let id: EncodedID
    /// The record it was made of.
    let record: Int
}

/// The `_id` of an operation.
struct EncodedID {
    /// Its ``BSONType``.
    let type: UInt8
    /// Where its payload stands in the log's bytes.
    let payload: Range<Int>
}
