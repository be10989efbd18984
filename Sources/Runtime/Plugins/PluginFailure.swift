/// Why a plugin cannot be used, or why no plugin offers a name.
public struct PluginFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence for an operator: which file, what is wrong with it, and what to do.
    public let message: String

    /// The message.
    public var description: String { message }
}
