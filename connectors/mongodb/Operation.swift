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
    /// Where the payload of its `_id` stands.
    let id: Range<Int>
    /// The record it was made of.
    let record: Int
}
