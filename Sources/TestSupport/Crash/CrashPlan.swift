/// How often and when a worker is killed.
public struct CrashPlan: Sendable {
    /// The pipeline's file.
    public var pipeline: String
    /// Lives that are cut short; one more is let to its end.
    public var rounds = 30
    /// Decides the moments.
    public var seed: UInt64 = 1
    /// The longest life, in milliseconds. About as long as a whole run, so that some kills come before the first record
    /// and some runs nearly end.
    public var longest = 300
    /// A shell command that troubles the other system in every second life, before the kill; nil for none.
    public var disturbance: String?
    /// How long the last life may take, in seconds.
    public var patience = 600

    /// A plan of thirty lives.
    public init(pipeline: String) { self.pipeline = pipeline }

    /// What happens in one life.
    public struct Life: Sendable, Hashable {
        /// Milliseconds from the start to the disturbance; nil for a life without.
        public let disturbedAfter: Int?
        /// Milliseconds from there, or from the start, to the kill.
        public let killedAfter: Int
    }

    /// All lives but the last.
    public var lives: [Life] {
        var random = SplitMix(seed: seed)
        return (0..<rounds).map { round in
            let isDisturbed = disturbance != nil && round % 2 == 1
            return Life(
                disturbedAfter: isDisturbed ? Int.random(in: 0..<longest, using: &random) : nil,
                killedAfter: Int.random(in: 0..<longest, using: &random))
        }
    }
}
