/// An absolute http or https address, taken apart by curl's own parser, so that it means here what it means to curl.
public struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    /// The whole address, credentials and query included: for sending, never for messages.
    public let text: String
    /// The address without credentials, and with `?…` in place of a query: for messages.
    public let description: String
    /// Scheme, host and port: what decides who may see a credential (RFC 6454 section 4).
    public let origin: String

    /// Reads an absolute address; throws `.badURL` for any other.
    public init(_ text: String) throws(HTTPError) {
        guard let parts = CurlURL.parse(text) else { throw Self.malformed }
        try self.init(parts)
    }

    /// Reads an address that may be relative to this one, as a `Link` or `Location` header holds it.
    public func resolving(_ reference: String) throws(HTTPError) -> HTTPURL {
        guard let parts = CurlURL.parse(text), parts.set(.url, reference) else { throw Self.malformed }
        return try HTTPURL(parts)
    }

    /// This address with `path` after its own and `query` added, both percent-encoded.
    ///
    /// One slash stands between the two paths whatever they begin and end with.
    public func appending(path: String, query: [(name: String, value: String)] = []) throws(HTTPError) -> HTTPURL {
        guard let parts = CurlURL.parse(text), let base = parts.get(.path) else { throw Self.malformed }
        let head = base.hasSuffix("/") ? String(base.dropLast()) : base
        let tail = path.hasPrefix("/") ? String(path.dropFirst()) : path
        guard tail.isEmpty || (parts.set(.path, head + "/") && parts.appendPath(tail)) else { throw Self.malformed }
        for (name, value) in query {
            guard parts.appendQuery("\(name)=\(value)") else { throw Self.malformed }
        }
        return try HTTPURL(parts)
    }

    private init(_ parts: borrowing CurlURL) throws(HTTPError) {
        guard let scheme = parts.get(.scheme), ["http", "https"].contains(scheme), let host = parts.get(.host),
            let port = parts.get(.port), let path = parts.get(.path), let text = parts.get(.url)
        else { throw Self.malformed }
        let isDefault = port == (scheme == "http" ? "80" : "443")
        let shown = "\(scheme)://\(host)" + (isDefault ? "" : ":\(port)")
        self.text = text
        self.description = shown + path + (parts.get(.query) == nil ? "" : "?…")
        self.origin = "\(scheme)://\(host.lowercased()):\(port)"
    }

    /// The text stays out of it: what cannot be parsed cannot be cleaned of secrets either.
    private static var malformed: HTTPError {
        HTTPError(.badURL, "The address is not an absolute http:// or https:// URL with a host.")
    }
}
