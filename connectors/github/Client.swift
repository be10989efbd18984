import ConnectorKit
import HTTPClient

/// Asks for pages and says what each answer means.
struct GitHubClient {
    /// What a request came to.
    enum Answer: Sendable {
        /// Events.
        case page(Page)
        /// The feed is as it was (304).
        case unchanged(pollInterval: Duration?)
        /// There is no such page: the feed ended, or shrank while it was read.
        case ended
        /// A limit is reached.
        case limited(Limit)
    }

    /// How long nothing may be asked.
    struct Limit: Sendable {
        let wait: Duration
        /// Whether the budget of requests is used up, which all feeds share.
        let isOfBudget: Bool
    }

    /// A page of events.
    struct Page: Sendable {
        let body: [UInt8]
        let etag: String?
        let next: HTTPURL?
        let pollInterval: Duration?
        let budget: RateLimit
        /// How long nothing may be asked because this answer took the last of the budget; nil when some is left.
        let pause: Duration?
    }

    private let http: HTTPClient
    private let config: GitHubConfig

    init(_ config: GitHubConfig, cancellation: HTTPCancellation = HTTPCancellation()) throws {
        var settings = HTTPClientSettings()
        settings.timeout = config.timeout
        http = try HTTPClient(settings, cancellation: cancellation)
        self.config = config
    }

    /// The first page of a feed; later ones are only ever taken from `Link`.
    func firstPage(of feed: Feed, size: Int = 100) throws(HTTPError) -> HTTPURL {
        try config.endpoint.appending(path: feed.path, query: [("per_page", String(size))])
    }

    /// Asks for a page.
    ///
    /// - Parameters:
    ///   - etag: Of the first page as it was last seen; nil asks for the page whatever it holds.
    ///   - attempt: Refusals for a limit in a row before this request.
    ///   - now: Seconds since 1970 UTC, for limits that name a moment.
    func get(
        _ url: HTTPURL, etag: String?, isFirst: Bool, attempt: Int, now: Int64
    ) throws -> Answer {
        let response = try send(url, etag: etag)
        if case .wait(let time) = RateLimit.verdict(response, now: now, attempt: attempt) {
            return .limited(Limit(wait: time, isOfBudget: RateLimit(response.headers).remaining == 0))
        }
        switch response.status {
        case 200: return .page(try page(response, now: now))
        case 304: return .unchanged(pollInterval: pollInterval(response))
        case 404 where !isFirst, 410 where !isFirst, 422 where !isFirst: return .ended
        default: throw refusal(response, url, now: now)
        }
    }

    private func send(_ url: HTTPURL, etag: String?) throws(HTTPError) -> HTTPResponse {
        var headers: HTTPHeaders = [
            "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28",
        ]
        // A link may lead anywhere; the token is for the endpoint alone.
        if let token = config.token, url.origin == config.endpoint.origin {
            headers.add("Authorization", "Bearer \(token.revealed)")
        }
        if let etag { headers.add("If-None-Match", etag) }
        return try http.send(HTTPRequest(url, headers: headers))
    }

    private func page(_ response: HTTPResponse, now: Int64) throws(HTTPError) -> Page {
        let link = LinkHeader.target(of: "next", in: response.headers.all("link"))
        let budget = RateLimit(response.headers)
        return Page(
            body: response.body, etag: response.headers["etag"],
            next: try link.map { link throws(HTTPError) in try response.url.resolving(link) },
            pollInterval: pollInterval(response), budget: budget,
            pause: RateLimit.pause(after: response, now: now))
    }

    private func pollInterval(_ response: HTTPResponse) -> Duration? {
        response.headers.int("x-poll-interval").map { .seconds(max(0, min($0, 86_400))) }
    }

    /// What the worker is told of a failure that is about a feed; one that is not is thrown.
    static func failure(_ error: any Error) throws -> ConnectorError {
        switch error {
        case let error as HTTPError where error.kind != .cancelled: error.connectorError
        case let error as ConnectorError where error.native != badToken: error
        default: throw error
        }
    }

    private static let badToken = "HTTP 401"

    private func refusal(_ response: HTTPResponse, _ url: HTTPURL, now: Int64) -> ConnectorError {
        let status = response.status
        let native = "HTTP \(status)"
        let said = "GitHub answered \(status) to GET \(url)"
        return switch status {
        case 401: .configuration("\(said): auth.token is not valid; renew it.", native: native)
        case 403:
            .configuration("\(said): this token, or no token, may not read it; check auth.token.", native: native)
        case 404, 410:
            .configuration(
                "\(said): it does not exist, or auth.token may not see it; check the name and the endpoint.",
                native: native)
        case 408, 500...599:
            .retriable(
                "\(said).", after: response.headers["retry-after"].flatMap { RetryAfter.parse($0, now: now) },
                native: native)
        default: .fatal("\(said); expected 200 or 304.", native: native)
        }
    }
}
