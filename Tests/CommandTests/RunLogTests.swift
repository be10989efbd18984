import Foundation
import TestSupport
import Testing

@Suite("A run without a terminal", .ownThread)
struct RunLogTests {
    private static func pipeline(_ source: String, path: String, more: String = "") -> String {
        """
        {"name": "p", "source": {"connector": "emulator", "kinds": "users", \(source)}, \(more)
         "sinks": [{"connector": "file", "path": "\(path)"}]}
        """
    }

    @Test("says when it started, read its first record, came to the end and stopped, and where the records are")
    func milestones() throws {
        let folder = try CommandFolder([
            "p.json": Self.pipeline(#""max.records": 10"#, path: "out/${topic}-${sequence}.ndjson")
        ])
        let run = try folder.sluice("run", "p.json")
        let messages = run.errors.split(separator: "\n").map { String($0) }
        #expect(messages[0].contains("INFO the worker has started pipelines=p state.path=sluice-state.db"))
        #expect(messages.contains { $0.hasSuffix("INFO the first record was read pipeline=p") })
        #expect(
            messages.contains { $0.contains("INFO the source is at its end, and all of it is delivered pipeline=p") })
        #expect(messages.contains { $0.contains("INFO the worker has stopped done=1 read=10 delivered=10") })
        #expect(messages.last?.hasPrefix("p: DONE, read 10, delivered 10") == true)
        #expect(messages.last?.hasSuffix("; written to out/*-*.ndjson") == true)
        #expect(!run.errors.contains("hidden"))
    }

    @Test("says it in JSON where the log is JSON, the summary too")
    func json() throws {
        let folder = try CommandFolder([
            "p.json": Self.pipeline(#""max.records": 10"#, path: "out/${sequence}.ndjson")
        ])
        let lines = try folder.sluice("run", "p.json", "--log-format", "json").errors.split(separator: "\n")
        let entries = try lines.map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        }
        let end = try #require(entries.last)
        #expect(end["message"] == "a pipeline has ended" && end["state"] == "DONE" && end["delivered"] == "10")
        #expect(end["written.to"] == "out/*.ndjson")
    }

    @Test(
        "warns at the start of records that nobody would see before the end",
        arguments: [
            ("", "out/all.ndjson", true), (#", "rotate.records": 5"#, "out/${sequence}.ndjson", false),
            ("", "out/${yyyy}-${MM}-${dd}.ndjson", false),
        ])
    func hidden(_ rotation: String, _ path: String, _ isWarned: Bool) throws {
        let pipeline = Self.pipeline(#""records.per.second": 100"#, path: path).replacing(
            #""path""#, with: #""name": "f"\#(rotation), "path""#)
        let folder = try CommandFolder(["p.json": pipeline])
        let run = try folder.sluice("run", "p.json", "--duration", "600ms")
        #expect(
            run.errors.contains("stay in a hidden file until the pipeline stops; set rotate.interval.ms") == isWarned)
        let once = try folder.sluice("run", "p.json", "--once", "--duration", "300ms")
        #expect(!once.errors.contains("hidden"))
    }

    @Test("tells one error in one line, the record's place first")
    func oneLine() throws {
        let folder = try CommandFolder(["in.ndjson": "{\"a\": 1}\n{\"a\": 2}\n{\"a\": oops}\n"])
        try folder.write(
            #"{"name": "p", "source": {"connector": "file", "path": "in.ndjson"}, "sinks": [{"connector": "discard"}]}"#,
            to: "p.json")
        let run = try folder.sluice("run", "p.json")
        #expect(run.status == 1)
        let lines = run.errors.split(separator: "\n").filter { $0.contains("expected a value") }
        #expect(lines.count == 1, "\(run.errors)")
        let line = try #require(lines.first)
        #expect(
            line.contains(
                "ERROR a task failed and stays so pipeline=p task=0 reason=\"\(folder.url.path)/in.ndjson: line 3"))
        #expect(line.contains("expected a value, found 'o' (record 3 of the batch before "))
    }
}
