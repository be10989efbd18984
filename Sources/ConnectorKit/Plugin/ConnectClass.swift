/// A connector class of Kafka Connect's world that a connector stands in for, so that a configuration of the one runs with
/// the other.
public struct ConnectClass: Sendable, Hashable {
    /// The class's simple name without `Connector` at its end: `FileStreamSink`.
    public let name: String
    /// Settings that are called otherwise here, by the class's name for them.
    public let renamed: [String: String]
    /// Settings that the class's ways amount to here, unless the configuration gives them.
    public let implied: [String: String]
    /// Settings of the class that need nothing here, such as a driver's batch size.
    public let needless: Set<String>

    /// Describes a class.
    public init(
        _ name: String, renamed: [String: String] = [:], implied: [String: String] = [:], needless: Set<String> = []
    ) {
        self.name = name
        self.renamed = renamed
        self.implied = implied
        self.needless = needless
    }
}
