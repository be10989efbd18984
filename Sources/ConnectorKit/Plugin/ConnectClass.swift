/// A connector class of Kafka Connect's world that a connector stands in for, so that a configuration of the one runs with
/// the other.
public struct ConnectClass: Sendable, Hashable {
    /// The class's simple name without `Connector` at its end: `FileStreamSink`.
    public let name: String
    /// Settings that are called otherwise here, by the class's name for them.
    public let renamed: [String: String]
    /// Settings that the class's ways amount to here, unless the configuration gives them.
    public let implied: [String: String]
    /// Values that are called otherwise here, by the setting's name here and then by the class's value, of which what is
    /// before its last dot does not count: `ReplaceOneDefaultStrategy`.
    public let values: [String: [String: String]]
    /// Settings of the class that need nothing here, such as a driver's batch size.
    public let needless: Set<String>

    /// Describes a class.
    public init(
        _ name: String, renamed: [String: String] = [:], implied: [String: String] = [:],
        values: [String: [String: String]] = [:], needless: Set<String> = []
    ) {
        self.name = name
        self.renamed = renamed
        self.implied = implied
        self.values = values
        self.needless = needless
    }
}
