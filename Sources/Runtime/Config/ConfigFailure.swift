public import ConnectorKit

/// Everything that keeps a configuration from being used, at least one problem.
public struct ConfigFailure: Error, Sendable, CustomStringConvertible {
    /// The problems in the order found.
    public let problems: [ConfigProblem]
    /// Whether all of them lie outside the configuration: a missing plugin or file.
    public let isEnvironmental: Bool

    /// A line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
