import ConnectorKit
import Foundation
import HTTPClient
import TestSupport
import Testing

@Suite(
    "HTTP client and a server that fails", .ownThread,
    .enabled(if: StandIn.isAvailable, Comment(rawValue: StandIn.absence)))
struct HTTPFaultTests {
    private func failure(
        _ server: StandIn, _ path: String = "/echo?k=hidden", _ change: (inout HTTPClientSettings) -> Void = { _ in }
    ) throws -> HTTPError? {
        var settings = HTTPClientSettings()
        change(&settings)
        let client = try HTTPClient(settings)
        let url = try HTTPURL(server.url(path))
        let error = #expect(throws: HTTPError.self) { try client.send(HTTPRequest(url)) }
        #expect(error?.message.hasPrefix("GET http://127.0.0.1:\(server.port)/") == true)
        #expect(error?.message.contains("hidden") == false)
        return error
    }

    @Test(
        "each fault has its kind",
        arguments: [
            ("reset", HTTPError.Kind.reset), ("truncate", .reset), ("garbage", .badResponse),
        ])
    func faults(_ fault: String, _ kind: HTTPError.Kind) throws {
        // Two of them, since curl repeats a request by itself when a kept connection turns out to be closed.
        let error = try failure(StandIn("http_stand_in", ["--fault", "\(fault):2"]))
        #expect(error?.kind == kind)
        #expect(error?.connectorError.kind == .retriable)
    }

    @Test("a server that hangs meets the time limit")
    func hang() throws {
        let server = try StandIn("http_stand_in", ["--fault", "hang"])
        let error = try failure(server) { $0.timeout = .milliseconds(300) }
        #expect(error?.kind == .timeout)
        #expect(error?.isTransient == true)
    }

    @Test(
        "a body may have the limit's length and not one byte more, decompressed or not",
        arguments: [(5000, true), (5001, false)])
    func tooLarge(_ size: Int, _ fits: Bool) throws {
        let server = try StandIn("http_stand_in")
        if fits {
            var settings = HTTPClientSettings()
            settings.maximumBodyBytes = 5000
            let request = HTTPRequest(try HTTPURL(server.url("/bytes/\(size)")))
            #expect(try HTTPClient(settings).send(request).body.count == size)
        } else {
            #expect(try failure(server, "/bytes/\(size)") { $0.maximumBodyBytes = 5000 }?.kind == .tooLarge)
        }
    }

    @Test("a closed port is a failure to connect")
    func closedPort() throws {
        let url = try HTTPURL("http://127.0.0.1:1/")
        let error = try #require(throws: HTTPError.self) { try HTTPClient().send(HTTPRequest(url)) }
        #expect(error.kind == .connect)
    }

    @Test("a client goes on after a failure")
    func recovers() throws {
        let server = try StandIn("http_stand_in", ["--fault", "garbage", "--fault", "500"])
        let client = try HTTPClient()
        let request = HTTPRequest(try HTTPURL(server.url("/echo")))
        #expect(throws: HTTPError.self) { try client.send(request) }
        #expect(try client.send(request).status == 500)
        #expect(try client.send(request).status == 200)
    }

    @Test("a certificate must be trusted; a CA file makes it so")
    func tls() throws {
        let certificate = StandIn.folder + "/loopback-cert.pem"
        let server = try StandIn("http_stand_in", ["--tls", certificate, StandIn.folder + "/loopback-key.pem"])
        let request = HTTPRequest(try HTTPURL("https://127.0.0.1:\(server.port)/echo"))
        let error = try #require(throws: HTTPError.self) { try HTTPClient().send(request) }
        #expect(error.kind == .tls)
        var settings = HTTPClientSettings()
        settings.caFile = certificate
        #expect(try HTTPClient(settings).send(request).status == 200)
        settings.caFile = "/nowhere.pem"
        let missing = try #require(throws: HTTPError.self) { try HTTPClient(settings).send(request) }
        #expect(missing.kind == .tls)
    }

    @Test("a running request is cancelled from another thread, and later ones at once")
    func cancel() throws {
        let server = try StandIn("http_stand_in", ["--fault", "hang"])
        let cancellation = HTTPCancellation()
        let client = try HTTPClient(cancellation: cancellation)
        let request = HTTPRequest(try HTTPURL(server.url("/echo")))
        Thread.detachNewThread { @Sendable in
            while let requests = try? server.requests(), requests.isEmpty {}
            cancellation.cancel()
        }
        let error = #expect(throws: HTTPError.self) { try client.send(request) }
        #expect(error?.kind == .cancelled)
        #expect(throws: HTTPError.self) { try client.send(request) }
    }
}
