import Foundation
import TestSupport
import Testing

@Suite(
    "The JSON Schema of pipeline files, judged by Python's jsonschema", .ownThread,
    .enabled(if: Validator.isInstalled, "needs python3 with jsonschema"))
struct SchemaTests {
    private static let judge = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
        sys.exit(3 if errors else 0)
        """

    private func accepts(_ pipeline: String) throws -> Bool {
        let folder = try CommandFolder(["p.json": pipeline])
        try folder.write(try folder.sluice("schema").output, to: "schema.json")
        let status = try Validator.python(Self.judge, ["schema.json", "p.json"].map { folder.url.path + "/" + $0 })
        try #require(status == 0 || status == 3)
        return status == 0
    }

    @Test(
        "What sluice accepts",
        arguments: [
            CommandFolder.pipeline(), CommandFolder.endless, #"{"pipelines": [\#(CommandFolder.pipeline())]}"#,
            CommandFolder.pipeline().replacing(": 10", with: #": "${env:COUNT}""#),
            CommandFolder.pipeline().replacing(": 10", with: #": "10""#),
            CommandFolder.pipeline().replacing("ReplaceField", with: "ReplaceField$Key"),
            CommandFolder.pipeline().replacing(#"{"connector": "discard"}"#, with: #"{"include": "sink.json"}"#),
            #"{"name": "c", "connector.class": "FileStreamSource", "topic": "t"}"#,
        ])
    func accepted(_ pipeline: String) throws { #expect(try accepts(pipeline)) }

    @Test(
        "What sluice refuses",
        arguments: [
            "[]", "{}", CommandFolder.pipeline().replacing("kinds", with: "knids"),
            CommandFolder.pipeline().replacing("discard", with: "discrad"),
            CommandFolder.pipeline().replacing(": 10", with: #": "ten""#),
            CommandFolder.pipeline().replacing(": 10", with: ": -1"),
            CommandFolder.pipeline().replacing("ReplaceField", with: "Replace"),
            CommandFolder.pipeline().replacing(#""name""#, with: #""nmae""#),
        ])
    func refused(_ pipeline: String) throws { #expect(try !accepts(pipeline)) }
}

private enum Validator {
    static let isInstalled = (try? python("import jsonschema", [])) == 0

    static func python(_ code: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", code] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
