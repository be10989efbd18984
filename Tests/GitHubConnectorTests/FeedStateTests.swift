import ConnectorKit
import HTTPClient
import Testing

@testable import GitHubConnector

@Suite("How far a feed is read")
struct FeedStateTests {
    private func state(_ offset: PositionFields? = nil) throws -> FeedState {
        FeedState(Feed(path: "/events"), offset: offset, capacity: 300, endpoint: try HTTPURL("https://h"))
    }

    private func page(_ etag: String? = nil, next: String? = nil, interval: Int? = nil) throws -> GitHubClient.Page {
        GitHubClient.Page(
            body: [], etag: etag, next: try next.map { try HTTPURL($0) },
            pollInterval: interval.map { .seconds($0) }, budget: RateLimit([:]), pause: nil)
    }

    @Test("the ETag is kept back until the last page, since a restart with it would skip the others")
    func etagHeldBack() throws {
        var state = try state()
        let within = state.pageEnded(try page("\"a\"", next: "https://h/2"), least: .zero, now: .zero)
        #expect(within == nil)
        #expect(state.position.offset["etag"] == nil)
        #expect(state.position.offset["next"] == "https://h/2")
        #expect(state.requestETag == nil)
        let whole = state.pageEnded(try page("\"b\""), least: .zero, now: .zero)
        #expect(whole?.pages == 2)
        #expect(state.position.offset["etag"] == "\"a\"")
        #expect(state.position.offset["next"] == nil)
        #expect(state.requestETag == "\"a\"")
    }

    @Test("a restart within a walk goes on at its next page")
    func resumed() throws {
        var first = try state()
        _ = first.met(1)
        _ = first.pageEnded(try page("\"a\"", next: "https://h/2"), least: .zero, now: .zero)
        var second = try state(first.position.offset)
        #expect(second.next?.text == "https://h/2")
        let isNew = (second.met(1), second.met(2))
        #expect(isNew == (false, true))
        let ended = second.pageEnded(try page("\"b\""), least: .zero, now: .zero)
        let walk = try #require(ended)
        #expect(second.requestETag == "\"a\"", "the walk ends with the ETag that it began with")
        #expect(!second.isPossibleGap(walk))
    }

    @Test(
        "what does not fit is not used",
        arguments: [
            ["seen": "", "next": "https://elsewhere/2"], ["seen": "", "next": "no address"], ["seen": 5],
            ["etag": "\"a\""],
            ["seen": "%", "etag": "\"a\""],
        ] as [PositionFields])
    func strangeOffsets(_ offset: PositionFields) throws {
        let state = try state(offset)
        #expect(state.next == nil)
        #expect(state.requestETag == nil)
    }

    @Test(
        "the longer interval counts",
        arguments: [(60, nil, 60), (60, 30, 60), (60, 120, 120), (0, 7, 7)] as [(Int, Int?, Int)])
    func interval(_ least: Int, _ server: Int?, _ expected: Int) throws {
        var state = try state()
        _ = state.pageEnded(try page(interval: server), least: .seconds(least), now: .seconds(5))
        #expect(state.due == .seconds(5 + expected))
    }

    @Test("an interval holds until another is told, also when the feed shrinks under the walk")
    func intervalHolds() throws {
        var state = try state()
        _ = state.pageEnded(try page(next: "https://h/2", interval: 90), least: .seconds(60), now: .zero)
        _ = state.walkEnded(least: .seconds(60), now: .zero)
        #expect(state.due == .seconds(90))
        state.unchanged(pollInterval: nil, least: .seconds(60), now: .seconds(90))
        #expect(state.due == .seconds(180))
    }

    @Test("links that run in a circle end")
    func circle() throws {
        var state = try state()
        var walk: FeedState.Walk?
        for turn in 0..<FeedState.maximumPages where walk == nil {
            walk = state.pageEnded(try page(next: "https://h/\(turn % 2)"), least: .zero, now: .zero)
        }
        #expect(walk?.pages == FeedState.maximumPages)
    }

    @Test("a later poll that meets nothing known may have missed events, the first ever cannot")
    func gaps() throws {
        var state = try state()
        let gaps = [try endsWithGap(&state, [1]), try endsWithGap(&state, [2]), try endsWithGap(&state, [2, 3])]
        #expect(gaps == [false, true, false])
    }

    /// Walks over one page with these events.
    private func endsWithGap(_ state: inout FeedState, _ hashes: [UInt64]) throws -> Bool {
        for hash in hashes { _ = state.met(hash) }
        let walk = state.pageEnded(try page(), least: .zero, now: .zero)
        return state.isPossibleGap(try #require(walk))
    }
}
