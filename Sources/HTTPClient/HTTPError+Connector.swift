public import ConnectorKit

extension HTTPError {
    /// The failure as a connector throws it.
    ///
    /// Transient failures and broken TLS (an expired certificate gets renewed) are retriable; an address that cannot be
    /// used is a configuration error; the rest is fatal.
    public var connectorError: ConnectorError {
        let native = code.map { "CURLE_\($0)" }
        return switch kind {
        case .badURL: .configuration(message, native: native)
        case .tooLarge, .cancelled: .fatal(message, native: native)
        case .connect, .timeout, .tls, .reset, .badResponse, .other: .retriable(message, native: native)
        }
    }
}
