/// One request to send.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST` or any other method, in capitals.
    public var method: String
    /// Where to.
    public var url: HTTPURL
    /// Sent besides those that curl writes itself (`Host`, `User-Agent`, `Accept-Encoding`, `Content-Length`).
    public var headers: HTTPHeaders
    /// Nil sends no body; an empty array sends one of length zero.
    public var body: [UInt8]?

    /// Describes a request; plain `GET` unless told otherwise.
    public init(_ url: HTTPURL, method: String = "GET", headers: HTTPHeaders = [:], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
