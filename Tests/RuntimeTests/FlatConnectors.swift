import ConnectorKit

@testable import Runtime

/// Connectors for flat configurations: Kafka's end, one that stands in for a class, one that is called like its class.
enum FlatConnectors {
    static var catalog: PluginCatalog {
        PluginCatalog(PluginDirectories([], standard: []), builtIn: [manifest], probe: PluginProbe())
    }

    private static let manifest = PluginManifest(
        name: "flat", version: "1",
        sources: [
            source("kafka", ["bootstrap.servers", "group.id", "topics", "header.converter"]),
            source(
                "file", ["path", "format", "topic"],
                [
                    ConnectClass(
                        "FileStreamSource", renamed: ["file": "path"], implied: ["format": "lines"],
                        needless: ["batch.size"])
                ]),
            source("web", ["url"]),
        ],
        sinks: [
            sink("kafka", ["bootstrap.servers", "topic", "compression.type", "sasl.jaas.config", "exactly.once"]),
            sink(
                "file", ["path", "mode"],
                [
                    ConnectClass(
                        "FileStreamSink", renamed: ["file": "path", "strategy": "mode"],
                        values: ["mode": ["AppendStrategy": "append", "true": "append"]])
                ]),
            sink("web", ["url", "count"]),
        ])

    private static func source(_ name: String, _ names: [String], _ classes: [ConnectClass] = []) -> SourceDefinition {
        SourceDefinition(name, documentation: "Reads.", config: config(names), classes: classes, make: { Nothing() })
    }

    private static func sink(_ name: String, _ names: [String], _ classes: [ConnectClass] = []) -> SinkDefinition {
        SinkDefinition(name, documentation: "Writes.", config: config(names), classes: classes, make: { Nowhere() })
    }

    private static func config(_ names: [String]) -> ConfigDefinition {
        ConfigDefinition(names.map { Setting.string($0, "Any.").optional })
    }
}

private final class Nothing: Source {
    func poll(into batch: inout RecordBatch) async throws -> Poll { .finished }
}

private final class Nowhere: Sink {
    func put(_ batch: borrowing RecordBatch, report: inout PutReport) async throws {}
}
