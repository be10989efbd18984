/// One record that cannot go on, and why.
public struct Rejection: Sendable, Hashable {
    /// The record's place in its batch.
    public let recordIndex: Int
    /// Where the record was when it failed.
    public let stage: Stage
    /// Why.
    public let error: ConnectorError

    /// Describes the failure of the record at `recordIndex`.
    public init(recordIndex: Int, stage: Stage, error: ConnectorError) {
        self.recordIndex = recordIndex
        self.stage = stage
        self.error = error
    }
}
