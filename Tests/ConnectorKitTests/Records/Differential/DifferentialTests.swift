@_spi(Testing) import ConnectorKit
import Foundation
import TestSupport
import Testing

/// Python, when there is one.
private let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first(where: FileManager.default.isExecutableFile)

@Suite("Against Python's json", .ownThread, .serialized, .enabled(if: python != nil, "python3 is not installed"))
struct DifferentialTests {
    @Test("Same values, same rejections", arguments: JSONInstructions.available)
    func sameAsPython(_ instructions: JSONInstructions) throws {
        instructions.use()
        defer { JSONInstructions.avx512.use() }
        let folder = try Folder()
        try folder.run("make")
        let lines = try Data(contentsOf: folder.url.appending(path: "lines"))
        for rewrites in [false, true] {
            try Data(results(of: lines, rewrites: rewrites)).write(to: folder.url.appending(path: "results"))
            try folder.run("check")
        }
    }

    /// A line for each line: "rejected", or the value as it is written.
    private func results(of lines: Data, rewrites: Bool) throws -> [UInt8] {
        var batch = RecordBatch()
        var reader = JSONReader()
        let range = try unsafe batch.appendText(minimum: lines.count) { room in
            unsafe lines.copyBytes(to: room)
        }
        let counts = try reader.read(range, as: .lines, into: &batch)
        #expect(counts.lines == counts.records)
        if rewrites { try rewrite(&batch) }
        var writer = JSONWriter()
        for index in 0..<batch.count {
            if batch.isDeliverable(index) { writer.write(batch[index].value) } else { writer.write("rejected") }
            writer.write("\n")
        }
        return unsafe writer.withBytes { unsafe Array($0) }
    }

    /// Touches each value, so that it is written from its nodes and not from its text.
    private func rewrite(_ batch: inout RecordBatch) throws {
        try batch.edit { record in
            if let object = record.valueObject { touch(object) }
            return true
        }
    }

    private func touch(_ object: ObjectEditor) {
        object.value.forEachMember { _, value in
            if value.kind == .object, let name = uniqueName(of: value, in: object) { touch(object.object(name)) }
        }
        object.set("a field of no line", 1)
        object.remove("a field of no line")
    }

    private func uniqueName(of value: Value, in object: ObjectEditor) -> FieldName? {
        var found: FieldName?
        object.value.forEachMember { name, member in
            guard member.location == value.location, let text = name.string, !text.contains("\u{fffd}") else { return }
            var same = 0
            object.value.forEachMember { other, _ in same += other.string == text ? 1 : 0 }
            if same == 1 { found = FieldName(interning: text) }
        }
        return found
    }
}

/// A folder that the script works in, gone with this value.
private struct Folder: ~Copyable {
    let url = FileManager.default.temporaryDirectory.appending(path: "differential-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func run(_ verb: String) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "differential.py")
        let process = Process()
        process.executableURL = URL(filePath: try #require(python))
        process.arguments = [script.path(), verb, url.path()]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }
}
