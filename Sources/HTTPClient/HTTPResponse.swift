/// The final response to a request, redirects followed.
public struct HTTPResponse: Sendable {
    /// 100…999 as the server sent it; every status is a response, never an error.
    public let status: Int
    /// Of the final response only.
    public let headers: HTTPHeaders
    /// Decompressed; empty for none.
    public let body: [UInt8]
    /// Where the response came from: the address after the last redirect.
    public let url: HTTPURL
}
