public import ConnectorKit

extension Setting where Value == String {
    /// An absolute http or https address; ``HTTPURL/init(_:)`` accepts every value that was given.
    public static func httpAddress(_ name: String, _ documentation: String) -> Setting<String> {
        string(name, documentation).checked { text in
            (try? HTTPURL(text)) == nil ? "\(name) is not an address; expected http:// or https:// and a host" : nil
        }
    }
}
