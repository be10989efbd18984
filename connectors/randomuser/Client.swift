import ConnectorKit
import HTTPClient

/// Asks the service for pages of users.
struct RandomUserClient {
    private let http: HTTPClient
    private let config: RandomUserConfig

    init(_ config: RandomUserConfig, cancellation: HTTPCancellation = HTTPCancellation()) throws {
        var settings = HTTPClientSettings()
        settings.timeout = config.timeout
        http = try HTTPClient(settings, cancellation: cancellation)
        self.config = config
    }

    /// The text of a page.
    ///
    /// - Throws: A retriable ``ConnectorError`` when the service is over its limit or fails.
    func page(_ page: Int, seed: String?, results: Int, now: Int64) throws -> [UInt8] {
        var query: [(name: String, value: String)] = [("results", String(results)), ("page", String(page))]
        if let seed { query.append(("seed", seed)) }
        let url = try config.endpoint.appending(path: "/api/1.4/", query: query + config.narrowing)
        let response = try http.send(HTTPRequest(url, headers: ["Accept": "application/json"]))
        guard response.status != 200 else { return response.body }
        throw refusal(response, url, now: now)
    }

    private func refusal(_ response: HTTPResponse, _ url: HTTPURL, now: Int64) -> ConnectorError {
        let status = response.status
        let native = "HTTP \(status)"
        let said = "The service answered \(status) to GET \(url)"
        let asked = response.headers["retry-after"].flatMap { RetryAfter.parse($0, now: now) }
        return switch status {
        case 429:
            .retriable("\(said): too many users were asked for.", after: asked ?? Self.pause, native: native)
        case 408, 500...599: .retriable("\(said).", after: asked, native: native)
        case 401, 403, 404: .configuration("\(said); check the endpoint.", native: native)
        default: .fatal("\(said); expected 200.", native: native)
        }
    }

    /// How long to leave the service alone when it does not say: it counts users by the minute.
    static let pause = Duration.seconds(60)
}
