import ConnectorKit
import FoundationEssentials
import Glibc

@testable import Runtime

/// A folder of configuration files that goes away with its owner, and a catalog of made-up connectors to read them with.
final class ConfigFolder {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = FileManager.default.temporaryDirectory.path + "/sluice-config-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(text, to: name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = "\(path)/\(name)"
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    func load(_ names: String...) throws(ConfigFailure) -> [PipelineConfig] {
        try PipelineLoader(catalog: Self.catalog).load(names.map { "\(path)/\($0)" })
    }

    /// The lines of the failure to load `pipeline.json`, without the folder's path.
    func problems(_ name: String = "pipeline.json") -> [String] {
        do throws(ConfigFailure) {
            _ = try load(name)
            return []
        } catch {
            return error.problems.map { $0.description.replacing(path + "/", with: "") }
        }
    }

    static var catalog: PluginCatalog {
        PluginCatalog(PluginDirectories([], standard: []), builtIn: [manifest], probe: PluginProbe())
    }

    static let url = Setting.string("url", "Address.").example("http://localhost").template
    static let token = Setting.password("auth.token", "Token.").optional
    static let count = Setting.int("count", in: 1...9, "How many.").defaulting(to: 1)
    static let text = Setting.string("text", "Any text.").defaulting(to: "")
        .checked { $0.contains("bad") ? "text is \($0); expected something good" : nil }
    static let include = Setting.list("include", "Fields.").defaulting(to: [])
    static let pattern = Setting.string("pattern", "A pattern.")

    static let manifest = PluginManifest(
        name: "test", version: "1",
        sources: [
            SourceDefinition(
                "ticker", documentation: "Ticks.", config: ConfigDefinition([count, text, token]), make: { NoSource() })
        ],
        sinks: [
            SinkDefinition("printer", documentation: "Prints.", make: { NoSink() }),
            SinkDefinition(
                "web", documentation: "Sends.", config: ConfigDefinition([url, token, count, text]),
                make: { NoSink() }),
        ],
        transforms: [
            TransformDefinition(
                "Keep", documentation: "Keeps.", config: ConfigDefinition([include]), worksOnParts: true,
                make: { _, _ in NoTransform() }),
            TransformDefinition(
                "Match", documentation: "Matches.", config: ConfigDefinition([pattern]),
                make: { values, _ in
                    if values[pattern] == "(" { throw ConnectorError.configuration("the pattern has an open group") }
                    return NoTransform()
                }),
        ],
        predicates: [
            PredicateDefinition(
                "Named", documentation: "By name.", config: ConfigDefinition([pattern]), make: { _ in NoPredicate() })
        ])
}

private final class NoSource: Source {
    func poll(into batch: inout RecordBatch) async throws -> Poll { .finished }
}
private final class NoSink: Sink {
    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {}
}
private struct NoTransform: Transform {
    func apply(to batch: inout RecordBatch) throws {}
}
private struct NoPredicate: ConnectorKit.Predicate {
    func matches(_ record: Record) -> Bool { true }
}
