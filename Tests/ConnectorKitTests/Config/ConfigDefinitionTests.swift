import ConnectorKit
import Testing

@Suite("One declaration decodes, defaults and checks a setting")
struct ConfigDefinitionTests {
    enum Mode: String, CaseIterable, Sendable { case fast, safe }

    static let url = Setting.string("url", "Address.").example("https://example.com")
    static let count = Setting.int("count", in: 1...5000, "How many.").defaulting(to: 10)
    static let pause = Setting.duration("pause.ms", "Pause.").defaulting(to: .seconds(5))
    static let size = Setting.bytes("size", "Size.").defaulting(to: 1)
    static let rate = Setting.double("rate", in: 0...10, "Rate.").optional
    static let mode = Setting.enumeration("mode", Mode.self, "Mode.").defaulting(to: .safe)
    static let names = Setting.list("names", "Names.").defaulting(to: [])
    static let labels = Setting.map("labels", "Labels.").defaulting(to: [:])
    static let token = Setting.password("auth.token", "Token.").optional
    static let flag = Setting.bool("flag", "Flag.").defaulting(to: false)
    static let client = Setting.prefixed("kafka.", "Anything of the client's.")
    static let definition = ConfigDefinition([
        url, count, pause, size, rate, mode, names, labels, token, flag, client,
    ])

    private func values(_ json: String) throws -> ConfigValues {
        try Self.definition.validate(try ConfigParser.parse(json, file: "p.json"), subject: "connector \"x\"")
    }

    private func problems(_ json: String) -> [String] {
        do {
            _ = try values(json)
            return []
        } catch let error as ConfigProblems {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("absent settings have their defaults")
    func defaults() throws {
        let values = try values(#"{"url": "u"}"#)
        #expect(values[Self.url] == "u")
        #expect(values[Self.count] == 10)
        #expect(values[Self.pause] == .seconds(5))
        #expect(values[Self.rate] == nil)
        #expect(values[Self.mode] == .safe)
        #expect(values[Self.token] == nil)
        #expect(values[Self.client].isEmpty)
    }

    @Test(
        "values are read as JSON and as Kafka Connect's strings",
        arguments: [
            #"{"url":"u","count":7,"pause.ms":250,"size":2048,"rate":0.5,"mode":"fast","names":["a","b"],"labels":{"k":"v"},"flag":true}"#,
            #"{"url":"u","count":"7","pause.ms":"250","size":"2KiB","rate":"0.5","mode":"fast","names":" a , b ","labels":"k:v","flag":"TRUE"}"#,
        ])
    func bothForms(json: String) throws {
        let values = try values(json)
        #expect(values[Self.count] == 7)
        #expect(values[Self.pause] == .milliseconds(250))
        #expect(values[Self.size] == 2048)
        #expect(values[Self.rate] == 0.5)
        #expect(values[Self.mode] == .fast)
        #expect(values[Self.names] == ["a", "b"])
        #expect(values[Self.labels] == ["k": "v"])
        #expect(values[Self.flag])
    }

    @Test("settings with a prefix are gathered by the rest of their names")
    func prefixed() throws {
        let values = try values(#"{"url":"u","kafka.linger.ms":5,"kafka.acks":"all"}"#)
        #expect(values[Self.client] == ["linger.ms": "5", "acks": "all"])
    }

    @Test(
        "a wrong value is named with its place and what was expected",
        arguments: [
            (#"{"url":"u","count":0}"#, #"p.json:1:20: /count: count is "0"; expected a whole number from 1 to 5000"#),
            (
                #"{"url":"u","count":"x"}"#,
                #"p.json:1:20: /count: count is "x"; expected a whole number from 1 to 5000"#
            ),
            (#"{"url":"u","flag":1}"#, #"p.json:1:19: /flag: flag is "1"; expected true or false"#),
            (
                #"{"url":"u","mode":"fats"}"#,
                #"p.json:1:19: /mode: mode is "fats"; expected one of fast, safe (did you mean "fast"?)"#
            ),
            (#"{"url":["u"]}"#, "p.json:1:8: /url: url is a list; expected text"),
            (#"{"url":null}"#, "p.json:1:8: /url: url is null; give it a value or remove it"),
            (
                #"{"url":"u","cuont":1}"#,
                #"p.json:1:12: /cuont: connector "x" has no setting "cuont"; did you mean "count"?"#
            ),
            ("{}", #"p.json:1:1: connector "x" needs the setting url, for example "url": "https://example.com""#),
        ])
    func wrongValues(json: String, message: String) {
        #expect(problems(json) == [message])
    }

    @Test("every problem is reported at once")
    func allAtOnce() {
        #expect(problems(#"{"cuont":1,"flag":7,"mode":"x"}"#).count == 4)
    }

    @Test("a secret is shown nowhere, not even when it is wrong")
    func secrets() throws {
        let values = try values(#"{"url":"u","auth.token":"hunter22"}"#)
        let token = try #require(values[Self.token])
        #expect(token.revealed == "hunter22")
        #expect(!"\(token) \(String(reflecting: token))".contains("hunter22"))
        #expect(!problems(#"{"url":"u","auth.token":["hunter22"]}"#).joined().contains("hunter22"))
    }

    @Test("a rule between settings names the setting at fault")
    func rules() throws {
        let definition = ConfigDefinition(
            [Self.count, Self.flag],
            rules: [
                { $0[Self.flag] && $0[Self.count] > 5 ? ("count", "count is above 5 and flag is set; lower it") : nil }
            ])
        let error = #expect(throws: ConfigProblems.self) {
            _ = try definition.validate(try ConfigParser.parse(#"{"flag":true,"count":6}"#), subject: "x")
        }
        #expect(
            error?.problems.map(\.description) == ["config:1:22: /count: count is above 5 and flag is set; lower it"])
    }
}
