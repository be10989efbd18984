import Foundation
import TestSupport
import Testing

@Suite("Every way of calling sluice wrongly has its sentence and exit code", .ownThread)
struct UsageTests {
    static let wrong: [([String], Int32, String)] = [
        ([], 2, "error: no command; see: sluice --help"),
        (["rnu"], 2, #"error: there is no command "rnu"; did you mean "run"?"#),
        (["frobnicate"], 2, #"error: there is no command "frobnicate"; see: sluice --help"#),
        (["run"], 2, "error: sluice run needs FILE|DIR…; for example: sluice run pipeline.json --once"),
        (["run", "p.json", "--onec"], 2, "error: sluice run has no flag --onec; did you mean --once?"),
        (["run", "p.json", "--zzz"], 2, "error: sluice run has no flag --zzz; see: sluice run --help"),
        (["run", "p.json", "--duration"], 2, "error: --duration needs a value; write --duration TIME"),
        (["run", "p.json", "--once=1"], 2, "error: --once takes no value; write --once alone"),
        (
            ["run", "p.json", "--duration", "soon"], 2,
            #"error: --duration is "soon"; expected a time such as 500ms, 60s, 5m or 1h"#
        ),
        (
            ["run", "p.json", "--log-level", "inof"], 2,
            #"error: --log-level is "inof"; expected one of debug, info, warning, error (did you mean info?)"#
        ),
        (["graph", "p.json", "--format", "dot", "--format", "dot"], 2, "error: --format is given twice; give it once"),
        (["plugins"], 2, "error: sluice plugins needs one of: list, describe"),
        (["plugins", "lits"], 2, #"error: sluice plugins has no command "lits"; did you mean "list"?"#),
        (["version", "now"], 2, #"error: sluice version has no use for "now"; see: sluice version --help"#),
        (["run", "absent.json"], 3, "error: absent.json: the file cannot be read: No such file or directory"),
        (
            ["run", "p.json", "--worker", "none.json"], 3,
            "error: none.json: the file cannot be read: No such file or directory"
        ),
        (
            ["offsets", "list", "--state-path", "none.db"], 3,
            "error: there is no state file none.db; name one with --state-path, or run a pipeline first"
        ),
        (
            ["offsets", "reset", "p", "--partition", "x"], 2,
            #"error: --partition is "x"; expected a flat JSON object, for example '{"path":"a.csv"}'"#
        ),
        (["plugins", "describe", "fiel"], 3, #"error: nothing installed is named "fiel"; did you mean "file"?"#),
        (["completions", "tcsh"], 2, #"error: there are no completions for "tcsh"; expected bash, zsh or fish"#),
        (
            ["new", "source", "My_Thing"], 2,
            #"error: "My_Thing" cannot name a plugin; expected lower-case letters, digits and hyphens, a letter first"#
        ),
        (
            ["new", "sink", "x", "--sdk", "/nowhere"], 3,
            "error: --sdk names /nowhere, which has no Package.swift; name ConnectorKit's folder"
        ),
    ]

    @Test("Wrong calls", arguments: wrong)
    func wrongCall(_ arguments: [String], _ status: Int32, _ message: String) throws {
        let folder = try CommandFolder(["p.json": CommandFolder.pipeline()])
        let result = try SluiceProcess.run(arguments, in: folder.url)
        #expect(result.errors == message + "\n")
        #expect(result.status == status)
        #expect(result.output.isEmpty)
    }

    @Test("Each command of the overview has a help with usage and an example")
    func help() throws {
        let folder = try CommandFolder()
        let overview = try folder.sluice("--help").output
        let lines = overview.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.contains("pipeline.json") }
        #expect(lines.count == 13)
        for line in lines {
            let name = line.split(separator: "  ")[0].split(separator: " ").map(String.init)
            let result = try SluiceProcess.run(name + ["--help"], in: folder.url)
            #expect(result.status == 0 && result.errors.isEmpty)
            #expect(result.output.contains("usage: sluice \(name.joined(separator: " "))"))
            #expect(result.output.contains("\nexample:\n"))
        }
        #expect(try folder.sluice("help", "plugins").output.contains("usage: sluice plugins describe NAME"))
    }

    @Test("Version")
    func version() throws {
        let folder = try CommandFolder()
        #expect(try folder.sluice("--version").output.hasPrefix("sluice 0."))
        let json = try folder.sluice("version", "--json").output
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String])
        #expect(object["abi"]?.hasPrefix("sluice-sdk=") == true)
    }

    @Test("No colours where there is no terminal")
    func colours() throws {
        #expect(try !CommandFolder().sluice("rnu").errors.contains("\u{1B}"))
    }

    @Test(
        "The bash completions complete commands, sub-commands and flags",
        .enabled(if: FileManager.default.fileExists(atPath: "/bin/bash"), "needs bash"),
        arguments: [
            (["sluice", "pl"], "plugins"), (["sluice", "plugins", "de"], "describe"),
            (["sluice", "run", "p.json", "--on"], "--once"),
        ])
    func completions(_ words: [String], _ expected: String) throws {
        let folder = try CommandFolder()
        try folder.write(try folder.sluice("completions", "bash").output, to: "complete.sh")
        let script =
            "source complete.sh; COMP_WORDS=(\(words.joined(separator: " "))); COMP_CWORD=\(words.count - 1); _sluice; echo ${COMPREPLY[@]}"
        let bash = Process()
        let pipe = Pipe()
        bash.executableURL = URL(fileURLWithPath: "/bin/bash")
        bash.arguments = ["-c", script]
        bash.currentDirectoryURL = folder.url
        bash.standardOutput = pipe
        try bash.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        bash.waitUntilExit()
        #expect(output == expected + "\n")
    }
}
