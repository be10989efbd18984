import HTTPClient
import Testing

@Suite("HTTP addresses")
struct HTTPURLTests {
    @Test(
        "what is not an absolute http address is refused, and its text is not repeated",
        arguments: [
            "", "example.com", "/events", "ftp://host/", "file:///etc/passwd", "http://", "https://:secret@",
            "http://ho st/", "http://a\u{0}b/",
        ])
    func refused(_ text: String) {
        let error = #expect(throws: HTTPError.self) { try HTTPURL(text) }
        #expect(error?.kind == .badURL)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(
        "a message shows neither credentials nor query",
        arguments: [
            ("https://user:pass@api.example.com/a/b?token=t#f", "https://api.example.com/a/b?…"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"), ("https://h:443/x", "https://h/x"),
        ])
    func description(_ text: String, _ shown: String) throws { #expect(try HTTPURL(text).description == shown) }

    @Test(
        "a path is added with one slash, and both path and query are encoded",
        arguments: [
            ("https://h", "/events", "https://h/events?q=a%20b%26c"),
            ("https://h/", "events", "https://h/events?q=a%20b%26c"),
            ("https://h/api/v3/", "/repos/o/a b?", "https://h/api/v3/repos/o/a%20b%3F?q=a%20b%26c"),
        ])
    func appending(_ base: String, _ path: String, _ whole: String) throws {
        let url = try HTTPURL(base).appending(path: path, query: [("q", "a b&c")])
        #expect(url.text.replacing("+", with: "%20").uppercased() == whole.uppercased())
    }

    @Test(
        "a relative address is read against this one",
        arguments: [
            ("?page=2", "https://h/a/b?page=2"), ("/x", "https://h/x"), ("https://o/y", "https://o/y"),
            ("//o/z", "https://o/z"),
        ])
    func resolving(_ reference: String, _ whole: String) throws {
        #expect(try HTTPURL("https://h/a/b?page=1").resolving(reference).text == whole)
    }

    @Test("an origin is scheme, host and port")
    func origin() throws {
        let origin = try HTTPURL("https://api.github.com/x").origin
        #expect(try HTTPURL("https://API.github.com:443/y?z").origin == origin)
        #expect(try HTTPURL("http://api.github.com/x").origin != origin)
        #expect(try HTTPURL("https://api.github.com:8443/x").origin != origin)
    }
}
