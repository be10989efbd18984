import Foundation
import TestSupport
import Testing

@Suite("The layout that plugins are checked by follows from what the SDK declares", .ownThread)
struct LayoutTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let sdk = root.appendingPathComponent("Sources/ConnectorKit")

    private func abi(_ arguments: String...) throws -> SluiceProcess.Result {
        try SluiceProcess.run(
            arguments, in: Self.root, program: Self.root.appendingPathComponent("scripts/abi"))
    }

    @Test("It stands in plugin_abi.h as it is")
    func isCurrent() throws {
        let check = try abi("--check")
        #expect(check.status == 0, "\(check.errors)")
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let what: String
        let file: String
        /// First places only, one after the other.
        let edits: [(String, String)]
        var isSeen = true
        var testDescription: String { what }

        init(_ what: String, _ file: String, _ edits: (String, String)..., isSeen: Bool = true) {
            (self.what, self.file, self.edits, self.isSeen) = (what, file, edits, isSeen)
        }
    }

    static let changes: [Change] = [
        Change(
            "a stored property more", "Records/Batch/RecordBatch.swift",
            ("    private var lacksRejected", "    private var extra = 0\n    private var lacksRejected")),
        Change(
            "a stored property of a type no plugin can name", "Records/JSON/TokenIndex.swift",
            ("    private var capacity = 0\n", "    private var capacity = 0\n    private var spare = 0\n")),
        Change(
            "a default that makes it another type", "Records/Batch/RecordBatch.swift",
            ("lacksRejected = false", "lacksRejected = 0")),
        Change(
            "requirements in another order", "Connectors/Sink.swift",
            ("    func flush() async throws\n", "    func later() async throws\n"),
            ("    func stop() async throws\n", "    func flush() async throws\n"),
            ("    func later() async throws\n", "    func stop() async throws\n")),
        Change("an enum case more", "Config/Setting.swift", ("    case map\n", "    case map\n    case other\n")),
        Change(
            "another signature", "Connectors/Source.swift",
            ("func commit(_ positions: [Position]) async", "func commit(_ positions: [Position]?) async")),
        Change(
            "a setter", "Config/Setting.swift",
            ("Bool { type == .password }", "Bool { get { type == .password } set { print(newValue) } }")),
        Change("a field of a C structure", "CRecords/include/CRecords.h", ("    bool has_backslash;\n", "")),
        Change(
            "a comment", "Config/Setting.swift",
            ("    case map\n", "    // { \"a } comment\n    case /* /* of */ two */ map\n"), isSeen: false),
        Change(
            "a body", "Config/Setting.swift",
            ("{ type == .password }", "{\n let text = \"} \\(\"a}\")\"\n return text.isEmpty }"), isSeen: false),
        Change("a comment of a C header", "CRecords/include/CRecords.h", ("/// Which", "/// So which"), isSeen: false),
    ]

    @Test("It sees", arguments: changes)
    func sees(_ change: Change) throws {
        let folder = TemporaryDirectory()
        let copy = folder("ConnectorKit")
        try FileManager.default.copyItem(atPath: Self.sdk.path, toPath: copy)
        var text = try String(contentsOfFile: "\(copy)/\(change.file)", encoding: .utf8)
        for (old, new) in change.edits {
            text.replaceSubrange(try #require(text.firstRange(of: old), "\(change.file) has no \(old)"), with: new)
        }
        try text.write(toFile: "\(copy)/\(change.file)", atomically: true, encoding: .utf8)
        let (before, after) = (try abi("--print"), try abi("--print", copy))
        #expect(before.status == 0 && after.status == 0, "\(before.errors)\(after.errors)")
        #expect((after.output != before.output) == change.isSeen)
        let check = try abi("--check", copy)
        #expect((check.status != 0) == change.isSeen && (check.errors.contains("run scripts/abi")) == change.isSeen)
    }
}
