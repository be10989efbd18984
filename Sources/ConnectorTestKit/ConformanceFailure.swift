/// What a connector did that the SDK's contract does not allow.
public struct ConformanceFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence: what was expected and what was seen.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Throws the sentence when the condition does not hold.
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
    guard condition else { throw ConformanceFailure(sentence()) }
}
