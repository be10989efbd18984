import ConnectorKit
import HTTPClient
import Testing

@testable import GitHubConnector

@Suite("Settings of the github source")
struct GitHubConfigTests {
    private func config(_ json: String) throws -> GitHubConfig {
        try GitHubConfig(ConfigValues(json: json, definition: GitHubConfig.definition))
    }

    @Test("nothing is required; the public feed is the default")
    func defaults() throws {
        let config = try config("{}")
        #expect(config.feeds == [Feed(path: "/events")])
        #expect(config.endpoint.text == "https://api.github.com/")
        #expect(config.topic == "github-events")
        #expect(config.pollInterval == .seconds(60))
        #expect(config.maxPolls == nil)
    }

    @Test("lists name feeds, each once, and replace the public one")
    func feeds() throws {
        let json = #"{"repositories": "a/b, c/d.e", "organizations": ["o"], "users": ["u", "u"]}"#
        #expect(
            try config(json).feeds.map(\.path) == [
                "/repos/a/b/events", "/repos/c/d.e/events", "/orgs/o/events", "/users/u/events",
            ])
    }

    @Test("an empty token is no token")
    func emptyToken() throws { #expect(try config(#"{"auth.token": ""}"#).token == nil) }

    @Test(
        "wrong values are refused",
        arguments: [
            #"{"repositories": "justname"}"#, #"{"repositories": "a/../b"}"#, #"{"repositories": "../x"}"#,
            #"{"users": "a/b"}"#, #"{"users": "a?b"}"#, #"{"organizations": ["a b"]}"#,
            #"{"endpoint": "api.github.com"}"#,
            #"{"max.polls": 0}"#, #"{"seen.events.max": 5}"#, #"{"tokn": "x"}"#,
        ])
    func refused(_ json: String) { #expect(throws: ConfigProblems.self) { try config(json) } }

    @Test("there are as many tasks as feeds, and no more than allowed", arguments: [(1, 1), (2, 2), (9, 3)])
    func tasks(_ most: Int, _ expected: Int) throws {
        let source = try #require(manifest.sources.first)
        let values = try ConfigValues(json: #"{"users": "a,b,c"}"#, definition: source.config)
        #expect(source.tasks(values, most) == expected)
    }
}
