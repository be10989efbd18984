internal import ConnectorKit

/// Why a record became a dead letter, and where.
struct DeadLetterContext {
    let pipeline: String
    let task: Int
    /// The sink that refused it; nil when it failed before it reached one.
    let sink: String?
    let rejection: Rejection
    /// The position that covers the record; nil when its source gave none.
    let position: Position?
    /// Milliseconds since 1970.
    let failedAt: Int64
}

/// Makes dead letters.
struct DeadLetterWriter {
    mutating func append(
        _ index: Int, of batch: borrowing RecordBatch, _ context: DeadLetterContext, to letters: inout RecordBatch
    ) throws {}
}
