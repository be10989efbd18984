import Foundation
import Glibc
import TestSupport
import Testing

@Suite("The commands", .ownThread)
struct CommandTests {
    private func json(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    @Test("validate names what is valid, and tells every problem of what is not")
    func validate() throws {
        let folder = try CommandFolder([
            "good.json": CommandFolder.pipeline(),
            "bad.json": CommandFolder.pipeline().replacing("discard", with: "discrad").replacing(
                "kinds", with: "knids"),
        ])
        let good = try folder.sluice("validate", "good.json", "--connect")
        #expect(good.status == 0)
        #expect(good.output == "p: valid\np: source emulator: reached\np: sink discard: reached\n")
        let bad = try folder.sluice("validate", "bad.json")
        #expect(
            bad.errors.hasPrefix(
                #"error: bad.json:1:51: /source/knids: source "emulator" has no setting "knids"; did you mean "kinds"?"#
            ))
        #expect(
            bad.errors.contains(
                #"error: bad.json:3:26: /sinks/0/connector: no plugin offers the sink "discrad"; did you mean "discard"?"#
            ))
        #expect(bad.status == 2)
        let report = try #require(json(try folder.sluice("validate", "bad.json", "--json").output) as? [String: Any])
        let problems = try #require(report["problems"] as? [[String: Any]])
        #expect(report["valid"] as? Bool == false && problems.count == 2)
        #expect(problems[0]["line"] as? Int == 1 && problems[0]["pointer"] as? String == "/source/knids")
    }

    @Test("A missing plugin alone is the environment's fault")
    func missingPlugin() throws {
        let folder = try CommandFolder(["p.json": CommandFolder.pipeline(sink: "zeppelin")])
        let result = try folder.sluice("run", "p.json")
        #expect(result.status == 3)
        #expect(
            result.errors.hasPrefix(
                #"error: p.json:3:26: /sinks/0/connector: no plugin offers the sink "zeppelin"; put libsluice-zeppelin.so into"#
            ))
    }

    @Test("run ends by itself with a summary; offsets shows and forgets how far it came")
    func runAndOffsets() throws {
        let folder = try CommandFolder(["p.json": CommandFolder.pipeline(sink: "stdout")])
        let run = try folder.sluice("run", "p.json", "--once")
        #expect(run.status == 0)
        #expect(run.output.split(separator: "\n").count == 10)
        #expect(run.errors.contains("p: DONE, read 10, delivered 10"))
        #expect(try folder.sluice("run", "p.json").output.isEmpty)

        let list = try #require(json(try folder.sluice("offsets", "list", "--json").output) as? [[String: Any]])
        #expect(list.count == 1 && list[0]["pipeline"] as? String == "p")
        #expect(try folder.sluice("offsets", "list", "q").status == 2)
        let reset = try folder.sluice("offsets", "reset", "p")
        #expect(reset.output == "forgot 1 position of p\n" && reset.status == 0)
        #expect(try folder.sluice("offsets", "list").output.isEmpty)
        #expect(try folder.sluice("run", "p.json").output.split(separator: "\n").count == 10)
    }

    @Test("A worker file sets what flags do not")
    func workerFile() throws {
        let folder = try CommandFolder([
            "p.json": CommandFolder.pipeline(), "w.json": #"{"state.path": "kept.db", "log.format": "json"}"#,
        ])
        #expect(try folder.sluice("run", "p.json", "--worker", "w.json").status == 0)
        #expect(FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("kept.db").path))
    }

    @Test("--duration ends a run, and so does a signal, both after delivering", arguments: [true, false])
    func stopping(byDuration: Bool) throws {
        let folder = try CommandFolder(["p.json": CommandFolder.endless])
        let process = try SluiceProcess(
            ["run", "p.json"] + (byDuration ? ["--duration", "300ms"] : []), in: folder.url)
        if !byDuration {
            while process.isRunning, process.outputSoFar.isEmpty { sched_yield() }
            process.signal(SIGTERM)
        }
        let result = try process.wait()
        #expect(result.status == 0)
        #expect(result.errors.contains("endless: STOPPED, read "))
    }

    @Test("--once ends a run when a source without an end has nothing more for now")
    func once() throws {
        let folder = try CommandFolder(["p.json": CommandFolder.endless])
        let result = try folder.sluice("run", "p.json", "--once")
        #expect(result.status == 0)
        #expect(result.errors.contains("endless: STOPPED, read "))
    }

    @Test("The drawings of a pipeline")
    func graph() throws {
        let folder = try CommandFolder(["p.json": CommandFolder.pipeline()])
        #expect(
            try folder.sluice("graph", "p.json").output
                == "p (1 task)\n  source emulator\n    │\n  ReplaceField$Value\n    │\n    └─▶ sink discard\n")
        #expect(
            try folder.sluice("graph", "p.json", "--format", "mermaid").output == """
                flowchart LR
                  source["source emulator"]
                  t0["ReplaceField$Value"]
                  sink0["sink discard"]
                  source --> t0
                  t0 --> sink0

                """)
        #expect(
            try folder.sluice("graph", "p.json", "--format", "dot").output == """
                digraph "p" {
                  rankdir=LR;
                  node [shape=box];
                  source [label="source emulator"];
                  t0 [label="ReplaceField$Value"];
                  sink0 [label="sink discard"];
                  source -> t0;
                  t0 -> sink0;
                }

                """)
        let drawing = try #require(json(try folder.sluice("graph", "p.json", "--json").output) as? [[String: Any]])
        #expect((drawing[0]["edges"] as? [[String: String]])?.last == ["from": "t0", "to": "sink0"])
    }

    @Test("plugins list and describe")
    func plugins() throws {
        let folder = try CommandFolder()
        let list = try #require(json(try folder.sluice("plugins", "list", "--json").output) as? [[String: Any]])
        let names = Set(list.compactMap { $0["name"] as? String })
        #expect(names.isSuperset(of: ["file", "stdout", "discard", "emulator", "Cast", "TopicNameMatches"]))
        let page = try folder.sluice("plugins", "describe", "file").output
        #expect(page.contains("# file (source)") && page.contains("# file (sink)") && page.contains("| `path` |"))
        let cast = try #require(
            json(try folder.sluice("plugins", "describe", "Cast", "--json").output) as? [[String: Any]])
        #expect((cast[0]["settings"] as? [String: Any])?["required"] as? [String] == ["spec"])
    }
}
