import ConnectorKit
import Testing

@testable import RandomUserConnector

@Suite("The place in the list of users")
struct UserCursorTests {
    private func config(_ json: String = "{}") throws -> RandomUserConfig {
        try RandomUserConfig(ConfigValues(json: json, definition: RandomUserConfig.definition))
    }

    @Test("a position brings back the place, the seed that was drawn included")
    func stored() throws {
        var cursor = UserCursor(try config(#"{"page": 3}"#), offset: nil, drawn: "first")
        cursor.passed(100)
        cursor.pageEnded()
        cursor.passed(7)
        let again = UserCursor(try config(#"{"page": 3}"#), offset: cursor.offset, drawn: "second")
        #expect(again == cursor)
        #expect(again.seed == "first" && again.page == 4 && again.index == 7 && again.count == 107)
    }

    @Test("a seed of the settings goes before a drawn one; with a gender there is none")
    func seeds() throws {
        #expect(UserCursor(try config(#"{"seed": "s"}"#), offset: nil, drawn: "d").sentSeed == "s")
        #expect(UserCursor(try config(#"{"gender": "male"}"#), offset: nil, drawn: "d").sentSeed == nil)
    }

    @Test("after the service's last page a derived seed begins, never one of 18 characters")
    func rounds() throws {
        for seed in ["s", "0123456789", "0123456789abcdef"] {
            var cursor = UserCursor(try config(#"{"seed": "\#(seed)", "page": 10000}"#), offset: nil, drawn: "")
            cursor.pageEnded()
            #expect(cursor.page == 1 && cursor.round == 1)
            #expect(cursor.sentSeed != seed)
            #expect(cursor.sentSeed?.count != 18)
            #expect(cursor.seed == seed)
        }
    }

    @Test(
        "an unusable offset counts as none",
        arguments: [[:], ["page": 0], ["page": 10_001, "index": 5], ["page": "2"]] as [PositionFields])
    func unusable(_ offset: PositionFields) throws {
        let cursor = UserCursor(try config(), offset: offset, drawn: "d")
        #expect(cursor.page == 1 && cursor.index == 0 && cursor.seed == "d")
    }

    @Test("other settings are another list")
    func partitions() throws {
        let texts = ["{}", #"{"seed":"s"}"#, #"{"results":7}"#, #"{"nat":"fr"}"#, #"{"exc":"login"}"#]
        #expect(try Set(texts.map { try UserCursor.partition(config($0)) }).count == texts.count)
        #expect(try UserCursor.partition(config(#"{"nat":"FR"}"#)) == UserCursor.partition(config(#"{"nat":"fr"}"#)))
    }

    @Test(
        "wrong values are refused, where the service would silently do something else",
        arguments: [
            #"{"results": 6000}"#, #"{"results": 0}"#, #"{"page": 10001}"#, #"{"nat": "xx"}"#, #"{"inc": "nmae"}"#,
            #"{"seed": "s", "gender": "male"}"#, #"{"gender": "other"}"#, #"{"records.per.second": 0}"#,
            #"{"seed": ""}"#,
        ])
    func refused(_ json: String) { #expect(throws: ConfigProblems.self) { try config(json) } }
}

@Suite("Pace")
struct PaceTests {
    @Test("ten a second are ten in each second")
    func even() {
        var pace = Pace(rate: 10)
        var sent = 0
        for step in 0..<500 {
            let now = Duration.milliseconds(step * 10)
            let count = pace.allowed(at: now, most: 1000)
            if count > 0 { pace.used(count, at: now) }
            sent += count
            #expect(sent == step / 10 + 1)
        }
    }

    @Test("the wait ends when the next may go")
    func wait() {
        var pace = Pace(rate: 0.5)
        #expect(pace.allowed(at: .seconds(1), most: 9) == 1)
        pace.used(1, at: .seconds(1))
        #expect(pace.allowed(at: .milliseconds(2999), most: 9) == 0)
        #expect(pace.wait(at: .milliseconds(2999)) == .milliseconds(1))
        #expect(pace.allowed(at: .seconds(3), most: 9) == 1)
    }

    @Test("after a stall one second is made up for and not more")
    func stall() {
        var pace = Pace(rate: 100)
        pace.used(1, at: .zero)
        let count = pace.allowed(at: .seconds(3600), most: 1000)
        #expect(count == 1000)
        pace.used(count, at: .seconds(3600))
        #expect(pace.wait(at: .seconds(3600)) == .seconds(9))
    }
}
