/// A batch has reached its limit of just under 4 GiB of text: deliver it, and go on with another.
public struct BatchFull: Error, Sendable, Hashable, CustomStringConvertible {
    /// The most bytes of text, and the most values, that the batch holds.
    public let limit: Int

    /// One sentence with the limit.
    public var description: String {
        "The batch is full at \(limit) bytes or values: hand it on and put further records in another."
    }
}
