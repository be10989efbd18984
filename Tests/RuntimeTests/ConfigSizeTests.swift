import ConnectorKit
import Testing

@testable import Runtime

/// Inputs of which each would take minutes, or forever, if its time grew with the square of its size.
@Suite("Large configurations")
struct ConfigSizeTests {
    private static func pipeline(_ settings: String) -> String {
        #"{"name": "p", "source": {"connector": "ticker"\#(settings)}, "sinks": [{"connector": "printer"}]}"#
    }

    private static func members(_ count: Int) -> String {
        (0..<count).map { #", "unknown.\#($0)": "é\#($0)""# }.joined()
    }

    @Test("A hundred thousand unknown settings in one line are told in a few")
    func unknown() throws {
        let problems = try ConfigFolder(["pipeline.json": Self.pipeline(Self.members(100_000))]).problems()
        #expect(problems.count == 21)
        #expect(problems.last?.contains("has 99980 more unknown settings from here on") == true)
    }

    @Test("Objects of a hundred thousand members are merged")
    func merged() throws {
        let folder = try ConfigFolder([
            "pipeline.json": #"{"include": ["a.json", "b.json"], "name": "p"}"#,
            "a.json": Self.pipeline(Self.members(100_000)), "b.json": Self.pipeline(Self.members(100_000)),
        ])
        #expect(folder.problems().count == 21)
    }

    @Test("Includes that double at each level end at a limit")
    func doubled() throws {
        var files = ["pipeline.json": #"{"include": ["0.json", "0.json"], "name": "p"}"#, "25.json": "{}"]
        for level in 0..<25 { files["\(level).json"] = #"{"include": ["\#(level + 1).json", "\#(level + 1).json"]}"# }
        let problems = try ConfigFolder(files).problems()
        #expect(problems.contains { $0.contains("more than 1000 files are included") })
    }

    @Test(
        "Texts full of what begins like a variable are read",
        arguments: ["${env:", "${", "$${", "${env:X:-a}", "${x}", "${env:é", "}${env:"])
    func references(_ piece: String) throws {
        let text = String(repeating: piece, count: 200_000)
        let problems = try ConfigFolder(["pipeline.json": Self.pipeline(#", "text": "\#(text)""#)]).problems()
        #expect(problems.count <= 101)
    }

    @Test("Java properties with a hundred thousand names, each twice")
    func properties() {
        let text = (0..<200_000).map { "name.\($0 % 100_000)=\($0)\n" }.joined()
        let members = JavaProperties.parse(text, file: nil).members ?? []
        #expect(members.count == 100_000)
        #expect(members.first?.value.scalarText == "100000")
    }
}
