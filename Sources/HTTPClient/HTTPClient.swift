import CCurl

/// A blocking HTTP client over one curl easy handle: connections are kept between requests, HTTP/2 over TLS.
///
/// For one task on its own thread: not `Sendable`, and ``send(_:)`` blocks until the response is complete. Only http and
/// https are spoken; `gzip` and `deflate` are undone; redirects are followed, and curl sends `Authorization` to no other
/// host than the first.
public final class HTTPClient {
    private let handle: CurlHandle
    private let settings: HTTPClientSettings
    private let cancellation: HTTPCancellation

    /// Makes a client without connecting; throws `.other` when curl cannot start.
    ///
    /// - Parameter cancellation: Ends every request of this client, the running one included.
    public init(
        _ settings: HTTPClientSettings = HTTPClientSettings(), cancellation: HTTPCancellation = HTTPCancellation()
    ) throws(HTTPError) {
        guard let handle = CurlHandle() else { throw HTTPError(.other, "libcurl could not be initialised.") }
        self.handle = handle
        self.settings = settings
        self.cancellation = cancellation
    }

    /// Sends a request and waits for the whole response, whatever its status.
    ///
    /// - Throws: ``HTTPError`` when there is no complete response within the limits of the settings.
    public func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        guard let headers = CurlHeaderList(request.headers) else {
            throw HTTPError(.badURL, "A header for \(request.url) is empty or holds a line break.")
        }
        guard !cancellation.isCancelled else { throw HTTPError(.cancelled, "\(request.summary) was cancelled.") }
        handle.reset()
        apply(settings)
        apply(request)
        let transfer = Transfer(maximumBodyBytes: settings.maximumBodyBytes, cancellation: cancellation)
        let code = handle.perform(transfer, headers: headers)
        guard code == CURLE_OK else { throw failure(code, of: request, transfer) }
        let url = (try? handle.effectiveURL.map { try HTTPURL($0) }) ?? request.url
        return HTTPResponse(status: handle.status, headers: transfer.headers, body: transfer.body, url: url)
    }

    private func apply(_ settings: HTTPClientSettings) {
        // Signals would hit whatever thread is running.
        handle.set(CURLOPT_NOSIGNAL, 1)
        handle.set(CURLOPT_NOPROGRESS, 0)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        handle.set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.curlMilliseconds)
        handle.set(CURLOPT_TIMEOUT_MS, settings.timeout.curlMilliseconds)
        handle.set(CURLOPT_FOLLOWLOCATION, settings.maximumRedirects > 0 ? 1 : 0)
        handle.set(CURLOPT_MAXREDIRS, settings.maximumRedirects)
        handle.set(CURLOPT_USERAGENT, settings.userAgent)
        if let file = settings.caFile { handle.set(CURLOPT_CAINFO, file) }
    }

    private func apply(_ request: HTTPRequest) {
        handle.set(CURLOPT_URL, request.url.text)
        if let body = request.body {
            handle.set(CURLOPT_POST, 1)
            handle.setBody(body)
        }
        if request.method == "HEAD" { handle.set(CURLOPT_NOBODY, 1) }
        // A custom method survives every redirect; GET and POST change as browsers change them.
        let ordinary = request.body == nil ? ["GET", "HEAD"] : ["POST"]
        if !ordinary.contains(request.method) { handle.set(CURLOPT_CUSTOMREQUEST, request.method) }
    }

    private func failure(_ code: CURLcode, of request: HTTPRequest, _ transfer: Transfer) -> HTTPError {
        let kind = HTTPError.Kind(code, isTooLarge: transfer.isTooLarge)
        let native = Int32(bitPattern: code.rawValue)
        let reason =
            switch kind {
            case .tooLarge: "the response is larger than \(settings.maximumBodyBytes) bytes"
            case .cancelled: "it was cancelled"
            default: "\(handle.explanation(of: code)) (curl code \(native))"
            }
        return HTTPError(kind, "\(request.summary) failed: \(reason).", code: native)
    }
}

extension HTTPRequest {
    /// Method and address, for messages.
    var summary: String { "\(method) \(url)" }
}

extension Duration {
    /// Whole milliseconds for curl, which takes 0 for "no limit": at least 1.
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        // Beyond a day, and far below the overflow of curl's 32-bit platforms, the difference is nobody's.
        return Int(max(1, min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
