import ConnectorKit
import ConnectorTestKit
import Foundation
import TestSupport
import Testing

@testable import FileConnector

@Suite("The file connector keeps the contract", .ownThread)
struct ConformanceTests {
    @Test("of a sink", .timeLimit(.minutes(15)), arguments: SinkCheck.all)
    func sink(_ check: SinkCheck) async throws { try await check.run(on: FileSinkSubject()) }

    @Test("of a source", .timeLimit(.minutes(15)), arguments: SourceCheck.all)
    func source(_ check: SourceCheck) async throws { try await check.run(on: FileSourceSubject()) }
}

private struct FileSinkSubject: SinkSubject {
    let definition = FileSink.definition

    var traits: SinkTraits {
        var traits = SinkTraits()
        traits.keepsOrder = true
        traits.showsFlushed = false
        traits.storesPositions = true
        traits.claimsPartitions = true
        traits.unreachable = #"{"path":"/dev/null/nowhere/out.ndjson"}"#
        return traits
    }

    func makePlace() async throws -> any SinkPlace { Folder() }
}

private final class Folder: SinkPlace {
    private let folder = TemporaryDirectory()

    var settings: String { #"{"path":"\#(folder("part-${task}-${sequence}.ndjson"))"}"# }

    func records() async throws -> [SampleRecord] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        return try names.sorted().flatMap { name in
            let text = try String(contentsOfFile: folder(name), encoding: .utf8)
            return text.split(separator: "\n").map { SampleRecord(value: String($0)) }
        }
    }
}

private struct FileSourceSubject: SourceSubject {
    let definition = FileSource.definition

    var traits: SourceTraits {
        var traits = SourceTraits()
        traits.readsTombstones = true
        traits.unreachable = #"{"path":"/dev/null/nowhere/in.ndjson"}"#
        return traits
    }

    func makePlace(holding records: [SampleRecord]) async throws -> any SourcePlace { try InputFile(records) }
}

private final class InputFile: SourcePlace {
    let expected: [SampleRecord]
    private let folder = TemporaryDirectory()

    init(_ records: [SampleRecord]) throws {
        expected = records
        try Data(records.map { $0.value + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: folder("in.ndjson")))
    }

    var settings: String { #"{"path":"\#(folder("in.ndjson"))"}"# }
}
