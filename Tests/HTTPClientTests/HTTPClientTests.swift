import FoundationEssentials
import HTTPClient
import TestSupport
import Testing

/// What `/echo` answers.
struct Echo: Decodable {
    let method: String
    let path: String
    let body: String
    let headers: [String: String]
}

@Suite(
    "HTTP client against a server", .ownThread, .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct HTTPClientTests {
    let server: StandIn
    let client: HTTPClient

    init() throws {
        server = try StandIn("http_stand_in")
        client = try HTTPClient()
    }

    private func get(_ path: String, headers: HTTPHeaders = [:]) throws -> HTTPResponse {
        try client.send(HTTPRequest(try HTTPURL(server.url(path)), headers: headers))
    }

    private func echo(_ response: HTTPResponse) throws -> Echo {
        try JSONDecoder().decode(Echo.self, from: Data(response.body))
    }

    @Test("a compressed answer arrives whole, with status and headers")
    func gzip() throws {
        let response = try get("/echo?a=b", headers: ["X-One": "1", "X-Empty": ""])
        let echo = try echo(response)
        #expect(response.status == 200)
        #expect(response.headers["content-encoding"] == "gzip")
        #expect(echo.path == "/echo?a=b")
        #expect(echo.headers["x-one"] == "1")
        #expect(echo.headers["x-empty"] == "")
        #expect(echo.headers["user-agent"] == "sluice")
    }

    @Test(
        "methods and bodies are sent as asked",
        arguments: [
            ("POST", Array("{}".utf8)), ("POST", []), ("PUT", Array("x".utf8)), ("DELETE", nil), ("PATCH", [0x41, 0]),
        ] as [(String, [UInt8]?)])
    func methods(_ method: String, _ body: [UInt8]?) throws {
        let request = HTTPRequest(try HTTPURL(server.url("/echo")), method: method, body: body)
        let echo = try echo(client.send(request))
        #expect(echo.method == method)
        #expect(Array(echo.body.utf8) == body ?? [])
    }

    @Test("HEAD waits for no body")
    func head() throws {
        let response = try client.send(HTTPRequest(try HTTPURL(server.url("/bytes/500")), method: "HEAD"))
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
    }

    @Test("nothing of a request is left for the next one")
    func noLeftovers() throws {
        _ = try client.send(
            HTTPRequest(try HTTPURL(server.url("/echo")), method: "PUT", headers: ["X-A": "1"], body: [1]))
        let second = try echo(get("/echo"))
        #expect(second.method == "GET")
        #expect(second.headers["x-a"] == nil)
    }

    @Test("one connection serves every request, redirects and bad statuses included")
    func keepsConnection() throws {
        for path in ["/echo", "/redirect/2", "/status/500", "/bytes/9000"] { _ = try get(path) }
        let requests = try server.requests()
        #expect(requests.count == 6)
        #expect(Set(requests.map(\.port)).count == 1)
    }

    @Test("redirects are followed, and the response says where it came from")
    func redirects() throws {
        let response = try get("/redirect/3")
        #expect(response.status == 200)
        #expect(response.url.text == server.url("/echo"))
        #expect(response.headers.all("location").isEmpty)
    }

    @Test("too many redirects are an error")
    func tooManyRedirects() throws {
        let error = #expect(throws: HTTPError.self) { try get("/redirect/9") }
        #expect(error?.kind == .other)
        #expect(error?.code == 47)
    }

    @Test("a redirect never leads to a file")
    func redirectToFile() throws {
        #expect(throws: HTTPError.self) { try get("/redirect-to?url=file:///etc/hostname") }
    }

    @Test("a credential does not follow a redirect to another server")
    func credentialStays() throws {
        let other = try StandIn("http_stand_in")
        let headers: HTTPHeaders = ["Authorization": "Bearer secret"]
        let there = try echo(get("/redirect-to?url=http://localhost:\(other.port)/echo", headers: headers))
        #expect(there.headers["authorization"] == nil)
        #expect(try echo(get("/redirect/1", headers: headers)).headers["authorization"] == "Bearer secret")
    }

    @Test("a bad status is a response", arguments: [304, 401, 404, 429, 500, 503])
    func statuses(_ status: Int) throws { #expect(try get("/status/\(status)").status == status) }

    @Test("a line break in a header is refused, and neither header nor query is repeated")
    func forgedHeader() throws {
        let error = #expect(throws: HTTPError.self) {
            try get("/echo?k=hidden", headers: ["Authorization": "secret\r\nX-Forged: 1"])
        }
        #expect(error?.kind == .badURL)
        #expect(error?.message.contains("secret") == false)
        #expect(error?.message.contains("hidden") == false)
    }
}
