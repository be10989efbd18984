/// A request that brought no response; a response with a bad status is not an error.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: String, Sendable, Hashable {
        /// No connection: the name is unknown, the port is closed, the proxy refuses.
        case connect
        /// A time limit passed.
        case timeout
        /// The certificate or the handshake failed.
        case tls
        /// The connection ended before the response did.
        case reset
        /// The response is larger than the limit.
        case tooLarge
        /// ``HTTPCancellation/cancel()`` was called.
        case cancelled
        /// The address or a header cannot be sent.
        case badURL
        /// The answer is not HTTP, or its compression is broken.
        case badResponse
        /// Anything else, such as too many redirects.
        case other
    }

    /// What went wrong.
    public let kind: Kind
    /// One sentence that names the address without credentials and query.
    public let message: String
    /// curl's own code (`CURLcode`); nil when curl was not asked.
    public let code: Int32?

    /// Describes a failure.
    public init(_ kind: Kind, _ message: String, code: Int32? = nil) {
        self.kind = kind
        self.message = message
        self.code = code
    }

    /// Whether the same request may succeed later without anyone changing a setting.
    public var isTransient: Bool {
        switch kind {
        case .connect, .timeout, .reset, .badResponse, .other: true
        case .tls, .tooLarge, .cancelled, .badURL: false
        }
    }

    /// The message.
    public var description: String { message }
}
