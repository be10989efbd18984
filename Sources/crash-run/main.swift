import Foundation
import TestSupport

func complain(_ sentence: String, _ status: Int32) -> Never {
    FileHandle.standardError.write(Data("crash-run: \(sentence)\n".utf8))
    exit(status)
}

let arguments = Array(CommandLine.arguments.dropFirst())

func options() -> Options {
    if arguments.isEmpty || arguments.contains("--help") {
        print(Options.usage, terminator: "")
        exit(arguments.isEmpty ? 2 : 0)
    }
    do { return try Options(arguments) } catch { complain(error.sentence, 2) }
}

func runScenarios() -> Never {
    let options: ScenarioOptions
    do { options = try ScenarioOptions(arguments) } catch { complain(error.sentence, 2) }
    do { exit(try Scenarios(options: options).run() ? 0 : 1) } catch { complain("\(error)", 1) }
}

if arguments == ["--list"] {
    print(Scenarios.list, terminator: "")
    exit(0)
}
if arguments.contains("--scenario") && !arguments.contains("--help") { runScenarios() }

let given = options()
let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
do {
    let check = try SluiceProcess.run(["validate", given.plan.pipeline], in: folder)
    if check.status != 0 { complain("the pipeline is no good: \(check.errors)\(check.output)", 2) }
    var run = try CrashRun(given.plan, in: folder)
    try run.run { life in
        FileHandle.standardError.write(Data("\rlife \(life) of \(given.plan.rounds)".utf8))
    }
    FileHandle.standardError.write(Data("\n".utf8))
    let lines = try Shell.run(given.readBack, in: folder).split(separator: "\n")
    let report = Report(given, killed: run.killed, CrashVerdict(lines, expected: given.expected))
    print(given.isJSON ? try report.json() : report.line)
    exit(report.passes ? 0 : 1)
} catch {
    complain("\(error)", 1)
}
