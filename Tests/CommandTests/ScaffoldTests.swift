import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A new package", .serialized, .ownThread)
struct ScaffoldTests {
    /// All packages are built here, so that the SDK is built once for each configuration.
    private static let scratch = TemporaryDirectory()

    private func swift(_ arguments: String..., in folder: URL) throws {
        let build = try SluiceProcess.run(
            ["swift"] + arguments + ["--scratch-path", Self.scratch.path], in: folder,
            program: URL(fileURLWithPath: "/usr/bin/env"))
        try #require(build.status == 0, "swift \(arguments): \(build.output)\(build.errors)")
    }

    /// A worker with the SDK's release, and plugins of either configuration.
    private func release(_ configuration: String) -> (arguments: [String], environment: [String: String]) {
        (
            ["--plugin-path", Self.scratch("\(configuration)"), "--state-path", "\(configuration).db"],
            ["LD_LIBRARY_PATH": Self.scratch("release")]
        )
    }

    /// A source that keeps a reader of JSON.
    private static let parser = """
        import ConnectorKit

        final class ParserSource: Source {
            static let limit = Setting.int("max.records", in: 0...Int.max, "Records.").defaulting(to: 10)
            private var reader = JSONReader()
            private var writer = JSONWriter(capacity: 64)
            private var isDone = false

            func poll(into batch: inout RecordBatch) async throws -> Poll {
                if isDone { return .finished }
                isDone = true
                let text = try batch.appendText(minimum: 64) { room in
                    let json = Array("{\\"n\\": 8}\\n{\\"n\\": 9}\\n".utf8)
                    room.copyBytes(from: json)
                    return json.count
                }
                _ = try reader.read(text, as: .lines, into: &batch)
                batch.mark(Position(partition: ["source": "parser"], offset: ["next": .int(1)]))
                return .more
            }
        }
        """

    static let packages: [(kind: String, name: String, code: String?, last: String)] = [
        ("source", "tick", nil, #"{"n":9}"#),
        ("sink", "printer", nil, "> {"),
        ("transform", "mask", nil, #"{"#),
        ("source", "parser", parser, #"{"n": 9}"#),
    ]

    @Test("runs in a release worker, built debug and release", arguments: packages)
    func recipe(_ kind: String, _ name: String, _ code: String?, _ last: String) throws {
        let folder = try CommandFolder()
        #expect(try folder.sluice("new", kind, name).status == 0)
        let package = folder.url.appendingPathComponent(name)
        if let code {
            try folder.write(code, to: "\(name)/Sources/Parser/ParserSource.swift")
            try FileManager.default.removeItem(at: package.appendingPathComponent("Tests/ParserTests"))
            try FileManager.default.createDirectory(
                at: package.appendingPathComponent("Tests/ParserTests"), withIntermediateDirectories: true)
            try folder.write("", to: "\(name)/Tests/ParserTests/None.swift")
        } else {
            try swift("test", in: package)
        }
        for configuration in ["debug", "release"] {
            try swift("build", "-c", configuration, in: package)
        }
        for configuration in ["debug", "release"] {
            let worker = release(configuration)
            let run = try SluiceProcess.run(
                ["run", "pipeline.json", "--once"] + worker.arguments, in: package, environment: worker.environment)
            #expect(run.status == 0, "\(configuration): \(run.errors)")
            #expect(run.output.split(separator: "\n").last?.hasPrefix(last) == true, "\(configuration): \(run.output)")
        }
        let again = try folder.sluice("new", kind, name)
        #expect(again.status == 2 && again.errors.contains("\(name) is there already"))
        if kind == "sink" { try holdsNothingBack(package) }
    }

    /// What the sink has flushed is in the file, whatever happens to the worker.
    private func holdsNothingBack(_ package: URL) throws {
        let pipeline = """
            {"name": "endless", "source": {"connector": "emulator", "kinds": "counter", "records.per.second": 100},
             "sinks": [{"connector": "printer"}]}
            """
        try Data(pipeline.utf8).write(to: package.appendingPathComponent("endless.json"))
        let worker = release("debug")
        let state = ["--state-path", "endless.db"]
        let process = try SluiceProcess(
            ["run", "endless.json"] + worker.arguments.prefix(2) + state, in: package, environment: worker.environment)
        func committed() throws -> Int {
            let list = try SluiceProcess.run(["offsets", "list"] + state, in: package).output
            return list.firstMatch(of: /"next":"?([0-9]+)/).flatMap { Int($0.1) } ?? 0
        }
        while process.isRunning, try committed() == 0 { usleep(50_000) }
        process.signal(SIGKILL)
        let lines = try process.wait().output.split(separator: "\n").count
        #expect(try lines >= committed() && committed() > 0, "\(lines) lines")
    }

    @Test("has at most fifteen lines for its author to understand", arguments: ["source", "sink", "transform"])
    func size(_ kind: String) throws {
        let folder = try CommandFolder()
        #expect(try folder.sluice("new", kind, "my-demo").status == 0)
        let name = "MyDemo\(kind.prefix(1).uppercased())\(kind.dropFirst()).swift"
        let file = folder.url.appendingPathComponent("my-demo/Sources/MyDemo/\(name)")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.filter { !$0.hasPrefix("import ") }.count <= 15)
        let pipeline = try folder.sluice("validate", "my-demo/pipeline.json")
        #expect(pipeline.errors.contains("no plugin offers the \(kind)"))
    }
}
