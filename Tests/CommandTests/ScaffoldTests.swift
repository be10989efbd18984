import Foundation
import TestSupport
import Testing

@Suite("A new package", .ownThread)
struct ScaffoldTests {
    private func swift(_ arguments: String..., in folder: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift"] + arguments
        process.currentDirectoryURL = folder
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test("builds, passes its test, is found on plugin.path and runs")
    func source() throws {
        let folder = try CommandFolder()
        #expect(try folder.sluice("new", "source", "demo").status == 0)
        let package = folder.url.appendingPathComponent("demo")
        let test = try swift("test", in: package)
        #expect(test.status == 0, "\(test.output)")
        let run = try SluiceProcess.run(
            ["run", "pipeline.json", "--once", "--plugin-path", ".build/debug"], in: package)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.split(separator: "\n").last == #"{"n":9}"#)
        let again = try folder.sluice("new", "source", "demo")
        #expect(again.status == 2 && again.errors.contains("demo is there already"))
    }

    @Test("has at most fifteen lines for its author to understand", arguments: ["source", "sink", "transform"])
    func size(_ kind: String) throws {
        let folder = try CommandFolder()
        #expect(try folder.sluice("new", kind, "my-demo").status == 0)
        let name = "MyDemo\(kind.prefix(1).uppercased())\(kind.dropFirst()).swift"
        let file = folder.url.appendingPathComponent("my-demo/Sources/MyDemo/\(name)")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.filter { $0 != "import ConnectorKit" }.count <= 15)
        let pipeline = try folder.sluice("validate", "my-demo/pipeline.json")
        #expect(pipeline.errors.contains("no plugin offers the \(kind)"))
    }
}
