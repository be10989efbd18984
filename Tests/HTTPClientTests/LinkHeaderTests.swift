import HTTPClient
import Testing

@Suite("Link header")
struct LinkHeaderTests {
    @Test("GitHub's header")
    func gitHub() {
        let value = "<https://h/events?page=2>; rel=\"next\", <https://h/events?page=10>; rel=\"last\""
        #expect(LinkHeader.target(of: "next", in: [value]) == "https://h/events?page=2")
        #expect(LinkHeader.target(of: "last", in: [value]) == "https://h/events?page=10")
        #expect(LinkHeader.target(of: "prev", in: [value]) == nil)
    }

    @Test(
        "forms that RFC 8288 allows",
        arguments: [
            "<u>;rel=next", "<u> ; REL = \"Next\"", "<u>; title=\"a, b; \\\"c\\\"\"; rel=next",
            "<u>; rel=\"prev next\"",
            ",, <u>; crossorigin; rel=next", "<a,b;c>; rel=x, <u>; rel=next", "<u>; rel=next; rel=ignored",
        ])
    func forms(_ value: String) { #expect(LinkHeader.target(of: "next", in: [value]) == "u") }

    @Test(
        "what is not a link yields none",
        arguments: ["", "next", "<u", "<u>", "<u>; rel", "<u>; rel=\"", "u; rel=next", "<u>; rel=other; rel=next"])
    func broken(_ value: String) { #expect(LinkHeader.target(of: "next", in: [value]) == nil) }

    @Test("several fields are one list")
    func severalFields() {
        #expect(LinkHeader.target(of: "next", in: ["<a>; rel=prev", "<b>; rel=next"]) == "b")
    }
}
