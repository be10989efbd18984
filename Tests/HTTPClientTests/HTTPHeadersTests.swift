import HTTPClient
import Testing

@Suite("HTTP headers")
struct HTTPHeadersTests {
    let headers: HTTPHeaders = ["Link": "a", "ETag": "W/\"x\"", "link": "b", "X-Count": "12", "X-Word": "many"]

    @Test("a name is found without case, the first value wins")
    func first() {
        #expect(headers["LINK"] == "a")
        #expect(headers["etag"] == "W/\"x\"")
        #expect(headers["missing"] == nil)
    }

    @Test("repeats are kept in order")
    func repeats() { #expect(headers.all("link") == ["a", "b"]) }

    @Test("only whole numbers are numbers")
    func numbers() {
        #expect(headers.int("x-count") == 12)
        #expect(headers.int("x-word") == nil)
    }
}
